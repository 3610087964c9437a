"use client";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { actorName } from "@/components/job/actor-name";
import { approverNames } from "@/components/job/approver-names";
import type { Reason } from "@/components/job/reason";
import { WhySentence } from "@/components/job/why-sentence";
import { Elapsed } from "@/components/ui/duration";
import { RelativeTime } from "@/components/ui/relative-time";

type Kind<K extends Reason["kind"]> = Extract<Reason, { kind: K }>;

const b = (chunks: ReactNode) => <b>{chunks}</b>;

/** Why the job is not plainly running, in the reader's language. */
export function Sentence({ reason }: { reason: Reason }) {
  const t = useTranslations("job.reason");
  switch (reason.kind) {
    case "approval":
      return <ApprovalSentence reason={reason} />;
    case "retrying":
    case "handlerRetry":
      return <RetrySentence reason={reason} />;
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
    case "cancelled":
      return <CancelledSentence reason={reason} />;
    case "explained":
      return <WhySentence said={reason.said} />;
    case "finished":
      return <span>{t.rich("finished", { b })}</span>;
    case "waiting":
      return <span>{t.rich("waiting", { b, state: reason.state })}</span>;
    case "waitSignal":
    case "waitTime":
    case "waitChild":
      return <WaitSentence reason={reason} />;
    case "paused":
      return <PausedSentence reason={reason} />;
  }
}

function ApprovalSentence({ reason }: { reason: Kind<"approval"> }) {
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

function RetrySentence({ reason }: { reason: Kind<"retrying" | "handlerRetry"> }) {
  const t = useTranslations("job.reason");
  const time = () => (reason.due ? <RelativeTime at={reason.due} /> : null);
  if (reason.kind === "handlerRetry") return <span>{t.rich("handlerRetry", { b, state: reason.state, time })}</span>;
  const { task, attempt, due } = reason;
  if (due === null) return <span>{t.rich("retryingNow", { b, task, attempt })}</span>;
  return <span>{t.rich("retrying", { b, task, attempt, time })}</span>;
}

function FailedSentence({ reason }: { reason: Kind<"failed"> }) {
  const t = useTranslations("job.reason");
  const { state, from, on, error } = reason;
  if (from !== null && on !== null) return <span>{t.rich("failedVia", { b, state, from, on })}</span>;
  return <span>{error ? t.rich("failed", { b, state }) : t.rich("failedPlain", { b })}</span>;
}

function CancelledSentence({ reason }: { reason: Kind<"cancelled"> }) {
  const t = useTranslations("job.reason");
  const who = actorName(reason.by, useTranslations("job"));
  if (reason.why === null) return <span>{t.rich("cancelled", { b, who })}</span>;
  return <span>{t.rich("cancelledReason", { b, who, reason: reason.why })}</span>;
}

function WaitSentence({ reason }: { reason: Kind<"waitSignal" | "waitTime" | "waitChild"> }) {
  const t = useTranslations("job.reason");
  if (reason.kind === "waitTime")
    return <span>{t.rich("waitTime", { b, limit: () => <RelativeTime at={reason.due} /> })}</span>;
  const time = () => <Elapsed from={reason.since} />;
  if (reason.kind === "waitChild") return <span>{t.rich("waitChild", { b, time, blueprint: reason.blueprint })}</span>;
  const { signal, due } = reason;
  if (due === null) return <span>{t.rich("waitSignal", { b, time, signal })}</span>;
  return <span>{t.rich("waitSignalUntil", { b, time, signal, limit: () => <RelativeTime at={due} /> })}</span>;
}

function PausedSentence({ reason }: { reason: Kind<"paused"> }) {
  const t = useTranslations("job.reason");
  const who = actorName(reason.by, useTranslations("job"));
  const time = () => <RelativeTime at={reason.since} />;
  if (reason.why === null) return <span>{t.rich("paused", { b, who, time })}</span>;
  return <span>{t.rich("pausedReason", { b, who, time, reason: reason.why })}</span>;
}
