"use client";
import { CircleCheck, CircleX, type LucideIcon, SkipForward } from "lucide-react";
import { useTranslations } from "next-intl";
import { CanaryPanel } from "@/components/bulk/canary-panel";
import { isOver, useBulkJob } from "@/components/bulk/use-bulk-report";
import { Status } from "@/components/status/status";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { BulkReport } from "@/lib/api/bulk";
import type { DisplayStatus } from "@/lib/job-status";

/** How it goes: the phase in words, the bar, the figures, and the canaries. */
export function BulkProgress({ id, report }: { id: string; report: BulkReport }) {
  const t = useTranslations("bulk");
  const { data: job } = useBulkJob(id);
  const { total, done, phase, message } = report;
  const status = statusOf(report);
  const starter = job?.starter?.name ?? job?.starter?.id;
  return (
    <section className="block bulk-progress" aria-label={t("progress")}>
      <p className="row g6 wrap-row">
        <Status status={status} pill />
        <b className="w5">{t(`phase.${phase}`)}</b>
        {starter ? <span className="t2">{t("by", { name: starter })}</span> : null}
        {job ? <AbsoluteTime at={job.created_at} className="t3" /> : null}
      </p>
      <progress
        className="meter-bar wide"
        max={Math.max(1, total)}
        value={done}
        aria-label={t("doneOf", { done, total })}
      />
      <dl className="facts">
        <Figure name={t("doneLabel")} value={t("doneOf", { done, total })} />
        <Figure name={t("outcome.ok")} value={report.ok} icon={CircleCheck} status="succeeded" />
        <Figure name={t("outcome.skipped")} value={report.skipped} icon={SkipForward} status="cancelled" />
        <Figure name={t("outcome.failed")} value={report.failed} icon={CircleX} status="failed" />
      </dl>
      {message ? (
        <p className="note" data-s="failed">
          {message}
        </p>
      ) : null}
      {report.canary ? <CanaryPanel canary={report.canary} rest={total - report.canary.wanted} /> : null}
      {phase === "asking" && job?.approval_id ? (
        <div className="note" data-s="needs_approval">
          <span className="grow">{t("asking", { count: total - done })}</span>
          <ButtonLink variant="primary" href={`/approvals/${job.approval_id}`}>
            {t("decide")}
          </ButtonLink>
        </div>
      ) : null}
    </section>
  );
}

function statusOf(report: BulkReport): DisplayStatus {
  if (report.phase === "asking") return "needs_approval";
  if (report.phase === "watching") return "waiting";
  if (!isOver(report)) return report.status === "paused" ? "paused" : "running";
  if (report.status === "cancelled") return "cancelled";
  return report.phase === "done" ? "succeeded" : "failed";
}

function Figure({
  name,
  value,
  icon,
  status,
}: {
  name: string;
  value: string | number;
  icon?: LucideIcon;
  status?: DisplayStatus;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {icon ? (
          <span className="status" data-s={status}>
            <Icon as={icon} size={14} />
          </span>
        ) : null}{" "}
        {value}
      </dd>
    </div>
  );
}
