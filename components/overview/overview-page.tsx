"use client";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { fetchOverview, OVERVIEW_KEY } from "@/components/data/approval-count";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { StartJob } from "@/components/jobs/start-job";
import { Attention } from "@/components/overview/attention";
import { EndedPanel } from "@/components/overview/ended-panel";
import { FailurePanel } from "@/components/overview/failure-panel";
import { QueuesPanel } from "@/components/overview/queues-panel";
import { WorkersPanel } from "@/components/overview/workers-panel";
import { PageHeader } from "@/components/shell/page-header";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { JobRow } from "@/lib/api/job";
import type { Overview } from "@/lib/api/overview";

const ANY_JOB_KEY = ["jobs", "any"] as const;

const FirstRun = dynamic(() => import("@/components/overview/first-run"));

/** What needs a person now, and how it goes; on a new installation, how to run a first job. */
export function OverviewPage() {
  const t = useTranslations("overview");
  const { data, error, refetch } = useQuery({ queryKey: OVERVIEW_KEY, queryFn: fetchOverview });
  const first = useIsFirstRun(data);
  useFreshQueries(OVERVIEW_KEY, ANY_JOB_KEY);
  return (
    <>
      <PageHeader
        title={t("title")}
        meta={data ? <AbsoluteTime at={data.at} /> : null}
        actions={first ? null : <StartJob />}
      />
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {(!data && !error) || first === undefined ? <LoadingRows rows={8} what={t("title")} /> : null}
      {data && first === true ? <FirstRun overview={data} /> : null}
      {data && first === false ? <Panels overview={data} /> : null}
    </>
  );
}

function Panels({ overview }: { overview: Overview }) {
  return (
    <div className="page-body overview">
      <Attention overview={overview} />
      <div className="overview-charts">
        <EndedPanel buckets={overview.ended} />
        <FailurePanel buckets={overview.ended} duration={overview.duration} />
      </div>
      <div className="overview-run">
        <QueuesPanel waiting={overview.waiting} />
        <WorkersPanel workers={overview.workers} />
      </div>
    </div>
  );
}

/** Undefined while it isn't known. The overview counts ended jobs of a day only, so an empty one is asked about twice. */
function useIsFirstRun(overview: Overview | undefined): boolean | undefined {
  const quiet = overview !== undefined && Object.values(overview.counts).every((count) => count === 0);
  const { data } = useQuery({
    queryKey: ANY_JOB_KEY,
    queryFn: ({ signal }) => api.get<JobRow[]>("/api/v1/jobs", { query: { limit: 1 }, signal }),
    enabled: quiet,
  });
  if (overview === undefined || !quiet) return overview === undefined ? undefined : false;
  return data === undefined ? undefined : data.length === 0;
}
