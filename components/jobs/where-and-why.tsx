"use client";
import { Clock, Unplug } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { JobRow } from "@/lib/api/job";

type Row = Pick<JobRow, "state" | "waiting_for" | "error" | "progress" | "display_status">;

/** Where a job is, and in a sentence why it isn't further. */
export function WhereAndWhy({ row }: { row: Row }) {
  return (
    <>
      <span className="mono t2">{row.state}</span> <Why row={row} />
    </>
  );
}

/** The sentence alone; nothing for a job that simply runs or has ended well. */
export function Why({ row }: { row: Row }) {
  if (row.error) return <span className="t2">{row.error.message}</span>;
  if (row.waiting_for) return <Waiting waiting={row.waiting_for} progress={row.progress} />;
  return row.progress ? <Progress progress={row.progress} /> : null;
}

function Waiting({ waiting, progress }: { waiting: NonNullable<JobRow["waiting_for"]>; progress: Row["progress"] }) {
  const t = useTranslations("jobs");
  const nowMs = useNow();
  const { kind, until } = waiting;
  const detail = waiting.detail ?? "";
  const code = (chunks: ReactNode) => <span className="mono">{chunks}</span>;
  switch (kind) {
    case "no_worker":
      return (
        <span className="why-alert" data-s="retrying">
          <Icon as={Unplug} size={14} />
          {t.rich("whyNoWorker", { detail, code })}
        </span>
      );
    case "worker":
      return progress ? (
        <Progress progress={progress} />
      ) : (
        <span className="t2">{t.rich("whyWorker", { detail, code })}</span>
      );
    case "approval": {
      const over = until !== null && nowMs !== null && Date.parse(until) < nowMs;
      return (
        <span className={over ? "why-alert" : "t2"} data-s={over ? "retrying" : undefined}>
          {over ? <Icon as={Clock} size={14} /> : null}
          {detail} {until ? <Due at={until} /> : null}
        </span>
      );
    }
    case "retry":
      return (
        <span className="t2">
          {t.rich("whyRetry", { detail, code })} {until ? <RelativeTime at={until} /> : null}
        </span>
      );
    case "branches":
      return progress ? <Progress progress={progress} /> : <span className="t2">{t("whyBranches")}</span>;
    case "handler":
      return <span className="t2">{t("whyHandler")}</span>;
    case "child":
      return <span className="t2">{t.rich("whyChild", { detail, code })}</span>;
    case "signal":
      return (
        <span className="t2">
          {t.rich("whySignal", { detail, code })} {until ? <Due at={until} /> : null}
        </span>
      );
    case "timer":
      return (
        <span className="t2">
          {t("whyTimer")} {until ? <RelativeTime at={until} /> : null}
        </span>
      );
    case "operator":
      return <span className="t2">{t("whyOperator")}</span>;
  }
}

function Due({ at }: { at: string }) {
  const t = useTranslations("jobs");
  return (
    <span className="t3">
      {t("due")} <RelativeTime at={at} />
    </span>
  );
}

function Progress({ progress }: { progress: NonNullable<Row["progress"]> }) {
  const t = useTranslations("jobs");
  const locale = useLocale();
  const { done, total, failed = 0, message } = progress;
  if (total === 1) {
    const percent = new Intl.NumberFormat(locale, { style: "percent" }).format(done);
    return <span className="t2">{message ? `${percent} · ${message}` : percent}</span>;
  }
  return (
    <span className="t2">
      {failed > 0 ? t("branchesFailed", { done, total, failed }) : t("branches", { done, total })}
    </span>
  );
}
