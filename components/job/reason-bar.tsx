"use client";
import { GitFork, Hand, Hourglass, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Reason } from "@/components/job/reason";
import { Sentence } from "@/components/job/reason-sentence";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import { useJobVerbs } from "@/components/job/verbs/verb-context";
import { VERB_ICON } from "@/components/job/verbs/verb-icon";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Button, ButtonLink } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon, type LucideIcon } from "@/components/ui/icon";
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
  const step = "step" in reason && reason.step !== shown ? reason.step : null;
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
        <WayOn reason={reason} />
        {step ? (
          <Button size="sm" onClick={() => onShowStep(step)}>
            {t("showStep")}
          </Button>
        ) : null}
      </span>
    </section>
  );
}

/** The one thing that leads on from this reason. */
function WayOn({ reason }: { reason: Reason }) {
  const t = useTranslations("job.reason");
  switch (reason.kind) {
    case "approval":
      return reason.path ? (
        <ButtonLink size="sm" href={reason.path}>
          {t("decide")}
        </ButtonLink>
      ) : null;
    case "finished":
      return (
        <ButtonLink size="sm" href={reason.path}>
          {t("openResult")}
        </ButtonLink>
      );
    case "waitChild":
      return (
        <ButtonLink size="sm" href={`/jobs/${reason.child}`}>
          {t("openChild")}
        </ButtonLink>
      );
    case "waitSignal":
      return <VerbButton verb="signal" />;
    case "paused":
      return <VerbButton verb="resume" />;
    case "quarantined":
      return <VerbButton verb="requeue" />;
    default:
      return null;
  }
}

/** Asks for a verb, where this person may. */
export function VerbButton({ verb }: { verb: JobVerb }) {
  const t = useTranslations("verbs");
  const common = useTranslations("common");
  const { allowed, stale, ask } = useJobVerbs();
  if (!allowed.includes(verb)) return null;
  return (
    <Button
      size="sm"
      icon={VERB_ICON[verb]}
      disabled={stale}
      title={stale ? common("staleAction") : undefined}
      onClick={() => ask({ verb })}
    >
      {verb === "requeue" ? t("requeue.short") : t(`${verb}.label`)}
    </Button>
  );
}

function iconOf(reason: Reason, status: DisplayStatus): LucideIcon {
  if (reason.kind === "branchesFailed" || (reason.kind === "queued" && !reason.listening)) return TriangleAlert;
  if (reason.kind === "approval") return Hand;
  if (reason.kind === "waitChild") return GitFork;
  if (reason.kind === "waiting" || reason.kind === "waitTime") return Hourglass;
  return STATUS_LOOK[status].icon;
}
