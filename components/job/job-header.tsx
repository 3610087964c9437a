"use client";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { actorName } from "@/components/job/actor-name";
import { JobActions } from "@/components/job/job-actions";
import { shortId, stoppedAt } from "@/components/job/job-facts";
import { LiveIndicator } from "@/components/shell/live-indicator";
import { Status } from "@/components/status/status";
import { CopyButton } from "@/components/ui/copy-button";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";
import type { JobView } from "@/lib/job-view";
import { jobName } from "@/lib/view/job-name";

export interface JobHeaderProps {
  detail: JobDetail;
  view: JobView;
  status: DisplayStatus;
}

/** The blueprint of the jobs that do one thing to many others. */
const BULK_BLUEPRINT = "bulk_operation";

/** Where we are, how the job stands, where it comes from, and what can be done with it. */
export function JobHeader({ detail, view, status }: JobHeaderProps) {
  const t = useTranslations("job");
  const { job_id: id } = detail;
  return (
    <header className="job-head">
      <div className="job-crumbs">
        <Crumbs detail={detail} />
        <span className="end">
          <LiveIndicator />
        </span>
      </div>
      <div className="job-h">
        <Status status={status} pill className="job-status">
          <span className="over">
            <Elapsed from={detail.created_at} to={stoppedAt(detail, view, status)} />
          </span>
        </Status>
        <div className="job-title">
          <h1 title={id}>{t("heading", { id: shortId(id) })}</h1>
          <p className="job-facts">
            <b title={detail.blueprint_name}>{jobName(detail)}</b> {t("version", { version: detail.blueprint_version })}
            <Fact>{t("by", { who: actorName(detail.starter ?? view.starter, t) })}</Fact>
            <Origin detail={detail} view={view} />
            <Fact>{t.rich("started", { time: () => <AbsoluteTime at={detail.created_at} /> })}</Fact>
            <Fact>{t("eventCount", { count: Math.max(detail.version, view.version) })}</Fact>
            {detail.blueprint_name === BULK_BLUEPRINT ? (
              <Fact>
                <Link className="linkish" href={`/bulk/${id}`}>
                  {t("bulkReport")}
                </Link>
              </Fact>
            ) : null}
            {detail.process_id ? (
              <Fact>
                <span title={detail.process_id}>{t("process", { id: shortId(detail.process_id) })}</span>
              </Fact>
            ) : null}
            {view.priority ? <Fact>{t("priorityOf", { priority: view.priority })}</Fact> : null}
          </p>
        </div>
        <JobActions />
      </div>
    </header>
  );
}

function Crumbs({ detail }: { detail: JobDetail }) {
  const t = useTranslations("job");
  const { job_id: id, blueprint_name: blueprint } = detail;
  return (
    <nav className="crumbs" aria-label={t("breadcrumb")}>
      <ol>
        <li>
          <Link href="/jobs">{t("jobs")}</Link>
          <Icon as={ChevronRight} size={12} />
        </li>
        <li>
          <Link className="clip" href={`/blueprints/${blueprint}`}>
            {blueprint}
          </Link>
          <Icon as={ChevronRight} size={12} />
        </li>
        <li>
          <span className="here mono" aria-current="page" title={id}>
            {shortId(id)}
          </span>
          <CopyButton value={id} what={t("jobId")} />
        </li>
      </ol>
    </nav>
  );
}

/** The job that it is a child or a fork of. */
function Origin({ detail, view }: Pick<JobHeaderProps, "detail" | "view">) {
  const t = useTranslations("job");
  const parent = view.parent?.jobId ?? detail.parent?.job_id;
  const fork = detail.forked_from;
  const forkedFrom = view.forkedFrom ?? (fork ? { jobId: fork.job_id, state: fork.state } : null);
  return (
    <>
      {parent ? (
        <Fact>
          <Link className="linkish" href={`/jobs/${parent}`}>
            {t("childOf", { id: shortId(parent) })}
          </Link>
        </Fact>
      ) : null}
      {forkedFrom ? (
        <Fact>
          <Link className="linkish" href={`/jobs/${forkedFrom.jobId}`}>
            {t("forkOf", { id: shortId(forkedFrom.jobId), state: forkedFrom.state })}
          </Link>
        </Fact>
      ) : null}
    </>
  );
}

function Fact({ children }: { children: ReactNode }) {
  return (
    <>
      <span aria-hidden="true">·</span>
      <span>{children}</span>
    </>
  );
}
