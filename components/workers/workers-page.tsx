"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus, Server, Unplug } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { fetchOverview, OVERVIEW_KEY } from "@/components/data/approval-count";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { PageHeader } from "@/components/shell/page-header";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import { ConnectWorker } from "@/components/workers/connect-worker";
import { isWanted, VIEWS, type WorkerFilter } from "@/components/workers/standing";
import { WORKERS_KEY, workersQuery } from "@/components/workers/worker-data";
import { WorkerFigures } from "@/components/workers/worker-figures";
import { WorkerFilters } from "@/components/workers/worker-filters";
import { WorkerTable } from "@/components/workers/worker-table";
import type { WorkerRecord } from "@/lib/api/worker";

const EVERYONE: WorkerFilter = { text: "", skill: "", view: "all" };

/** Who does the work: every worker that is here or was until a day ago, and what each can do, costs, holds and is trusted. */
export function WorkersPage() {
  const t = useTranslations("workers");
  const [parameters, setParameters] = useSearchState();
  useFreshQueries(WORKERS_KEY, OVERVIEW_KEY);
  const { data, error, refetch } = useQuery(workersQuery);
  const filter = filterOf(parameters);
  const found = data?.filter((row) => isWanted(row, filter));
  const connecting = parameters.has("connect");

  function address({ text, skill, view }: WorkerFilter, connect: boolean): URLSearchParams {
    const part = { ...(text ? { q: text } : {}), ...(skill ? { skill } : {}), ...(view === "all" ? {} : { view }) };
    return new URLSearchParams({ ...part, ...(connect ? { connect: "1" } : {}) });
  }

  return (
    <>
      <PageHeader
        title={t("title")}
        meta={data ? <Counts rows={data} /> : null}
        actions={
          data?.length ? (
            <Button icon={Plus} onClick={() => setParameters(address(filter, true))}>
              {t("connect")}
            </Button>
          ) : null
        }
      />
      {data?.length ? <WorkerFigures rows={data} /> : null}
      <Unheard />
      {data?.length === 0 ? null : (
        <WorkerFilters
          rows={data}
          filter={filter}
          onChange={(part) => setParameters(address({ ...filter, ...part }, false), "replace")}
        />
      )}
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={5} what={t("title")} /> : null}
      {data?.length === 0 ? <Nobody /> : null}
      {data?.length && found?.length === 0 ? (
        <FilteredPicture
          title={t("nothingMatches")}
          action={<Button onClick={() => setParameters(address(EVERYONE, false), "replace")}>{t("clear")}</Button>}
        />
      ) : null}
      {found?.length ? <WorkerTable rows={found} /> : null}
      <Dialog
        open={connecting && data !== undefined && data.length > 0}
        onClose={() => connecting && setParameters(address(filter, false), "replace")}
        title={t("connect")}
        width={600}
      >
        <ConnectWorker />
      </Dialog>
    </>
  );
}

function filterOf(parameters: URLSearchParams): WorkerFilter {
  const view = VIEWS.find((each) => each === parameters.get("view")) ?? "all";
  return { text: parameters.get("q") ?? "", skill: parameters.get("skill") ?? "", view };
}

/** Nobody was here: what would be, and how the first one comes. */
function Nobody() {
  const t = useTranslations("workers");
  return (
    <div className="page-body nobody" data-picture="empty">
      <h2 className="first-title">
        <Icon as={Server} size={20} /> {t("empty")}
      </h2>
      <p className="t2">{t("emptyHint")}</p>
      <ConnectWorker />
    </div>
  );
}

function Counts({ rows }: { rows: readonly WorkerRecord[] }) {
  const t = useTranslations("workers");
  const count = (status: WorkerRecord["status"]) => rows.filter((row) => row.status === status).length;
  return t("counts", { online: count("online"), draining: count("draining"), lost: count("lost") });
}

/** Task types that jobs wait for and nobody takes: the most useful thing that this page can say. */
function Unheard() {
  const t = useTranslations("workers");
  const { data } = useQuery({ queryKey: OVERVIEW_KEY, queryFn: fetchOverview, select: (all) => all.waiting.types });
  const unheard = data?.filter((type) => type.listening === 0) ?? [];
  if (unheard.length === 0) return null;
  return (
    <ul className="banners">
      {unheard.map((type) => (
        <li key={type.task_type} className="banner" data-s="retrying">
          <Icon as={Unplug} size={14} />
          <span>
            {t.rich("nobodyListens", {
              type: type.task_type,
              count: type.waiting,
              code: (chunks) => <span className="mono">{chunks}</span>,
            })}
          </span>
          <Link className="linkish end" href="/jobs?status=queued,running">
            {t("showJobs")}
          </Link>
        </li>
      ))}
    </ul>
  );
}
