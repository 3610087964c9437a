"use client";
import { Hand, Hourglass, TriangleAlert } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { actorName } from "@/components/job/actor-name";
import { approverNames } from "@/components/job/approver-names";
import type { Reason } from "@/components/job/reason";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Button, ButtonLink } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Elapsed } from "@/components/ui/duration";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import type { DisplayStatus } from "@/lib/job-status";

export interface ReasonBarProps {
  reason: Reason;
  status: DisplayStatus;
  /** The step that is shown already. */
  shown: string | null;
  onShowStep: (step: string) => void;
}

/** Why the job is not plainly running, in a sentence, with what can be done about it. */
export function ReasonBar({ reason, status, shown, onShowStep }: ReasonBarProps) {
  const t = useTranslations("job.reason");
  const failure = "error" in reason ? reason.error : null;
  return (
    <section
      className="reason"
      data-s={reason.kind === "branchesFailed" ? "retrying" : status}
      data-reason={reason.kind}
    >
      <Icon as={iconOf(reason, status)} />
      <div className="reason-text">
        <Sentence reason={reason} />
        {failure ? (
          <span className="reason-error">
            <code>{failure.code}</code> {failure.message}
            <CopyButton value={`${failure.code}: ${failure.message}`} what={t("copyError")} />
          </span>
        ) : null}
      </div>
      <span className="row g6 end">
        {reason.kind === "approval" && reason.path ? (
          <ButtonLink size="sm" href={reason.path}>
            {t("decide")}
          </ButtonLink>
        ) : null}
        {reason.kind === "finished" ? (
          <ButtonLink size="sm" href={reason.path}>
            {t("openResult")}
          </ButtonLink>
        ) : null}
        {"step" in reason && reason.step && reason.step !== shown ? (
          <ShowStep step={reason.step} onShowStep={onShowStep} />
        ) : null}
      </span>
    </section>
  );
}

function ShowStep({ step, onShowStep }: { step: string; onShowStep: (step: string) => void }) {
  const t = useTranslations("job.reason");
  return (
    <Button size="sm" onClick={() => onShowStep(step)}>
      {t("showStep")}
    </Button>
  );
}

function iconOf(reason: Reason, status: DisplayStatus): LucideIcon {
  if (reason.kind === "branchesFailed" || (reason.kind === "queued" && !reason.listening)) return TriangleAlert;
  if (reason.kind === "approval") return Hand;
  if (reason.kind === "waiting") return Hourglass;
  return STATUS_LOOK[status].icon;
}

const b = (chunks: ReactNode) => <b>{chunks}</b>;

function Sentence({ reason }: { reason: Reason }) {
  const t = useTranslations("job.reason");
  const job = useTranslations("job");
  switch (reason.kind) {
    case "approval":
      return <ApprovalSentence reason={reason} />;
    case "retrying": {
      const { task, attempt, due } = reason;
      if (due === null) return <span>{t.rich("retryingNow", { b, task, attempt })}</span>;
      return <span>{t.rich("retrying", { b, task, attempt, time: () => <RelativeTime at={due} /> })}</span>;
    }
    case "handlerRetry": {
      const time = () => (reason.due ? <RelativeTime at={reason.due} /> : null);
      return <span>{t.rich("handlerRetry", { b, state: reason.state, time })}</span>;
    }
    case "queued": {
      const time = () => <Elapsed from={reason.since} />;
      return <span>{t.rich(reason.listening ? "queued" : "noWorker", { b, task: reason.task, time })}</span>;
    }
    case "branchesFailed": {
      const { state, failed, done, total } = reason;
      return <span>{t.rich("branchesFailed", { b, state, failed, done, total })}</span>;
    }
    case "failed":
      return <FailedSentence reason={reason} />;
    case "quarantined":
      return <span>{t.rich("quarantined", { b, state: reason.state })}</span>;
    case "cancelled": {
      const who = actorName(reason.by, job);
      if (reason.why === null) return <span>{t.rich("cancelled", { b, who })}</span>;
      return <span>{t.rich("cancelledReason", { b, who, reason: reason.why })}</span>;
    }
    case "finished":
      return <span>{t.rich("finished", { b })}</span>;
    case "waiting":
      return <span>{t.rich("waiting", { b, state: reason.state })}</span>;
    case "paused":
      return <span>{t.rich("paused", { b })}</span>;
  }
}

function ApprovalSentence({ reason }: { reason: Extract<Reason, { kind: "approval" }> }) {
  const t = useTranslations("job.reason");
  const locale = useLocale();
  const { votes, quorum, message, due } = reason;
  const approvers = approverNames(reason.approvers, locale);
  return (
    <span>
      {t.rich(quorum > 1 ? "approvalQuorum" : "approval", { b, approvers, votes, quorum, message })}{" "}
      {due ? t.rich("due", { time: () => <RelativeTime at={due} /> }) : null}
    </span>
  );
}

function FailedSentence({ reason }: { reason: Extract<Reason, { kind: "failed" }> }) {
  const t = useTranslations("job.reason");
  const { state, from, on, error } = reason;
  if (from !== null && on !== null) return <span>{t.rich("failedVia", { b, state, from, on })}</span>;
  return <span>{error ? t.rich("failed", { b, state }) : t.rich("failedPlain", { b })}</span>;
}
