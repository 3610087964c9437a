"use client";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { actorName } from "@/components/job/actor-name";
import { JobActions, type JobActionsProps } from "@/components/job/job-actions";
import { shortId, stoppedAt } from "@/components/job/job-facts";
import { LiveIndicator } from "@/components/shell/live-indicator";
import { Status } from "@/components/status/status";
import { CopyButton } from "@/components/ui/copy-button";
import { Elapsed } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";

/** Where we are, how the job stands, and what can be done with it. */
export function JobHeader({ detail, view, status, refresh }: JobActionsProps) {
  const t = useTranslations("job");
  const { job_id: id, blueprint_name: blueprint } = detail;
  return (
    <header className="job-head">
      <div className="job-crumbs">
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
            <b>{blueprint}</b> {t("version", { version: detail.blueprint_version })}
            <span aria-hidden="true">·</span>
            <span>{t("by", { who: actorName(detail.starter ?? view.starter, t) })}</span>
            <span aria-hidden="true">·</span>
            <span>{t.rich("started", { time: () => <AbsoluteTime at={detail.created_at} /> })}</span>
            <span aria-hidden="true">·</span>
            <span>{t("eventCount", { count: Math.max(detail.version, view.version) })}</span>
          </p>
        </div>
        <JobActions detail={detail} view={view} status={status} refresh={refresh} />
      </div>
    </header>
  );
}
