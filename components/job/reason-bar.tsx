"use client";
import { GitFork, Hand, Hourglass, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Reason } from "@/components/job/reason";
import { Sentence } from "@/components/job/reason-sentence";
import { VerbButton } from "@/components/job/verb-button";
import { EndWord } from "@/components/job/why-ends";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Button, ButtonLink } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ExplainAnswer } from "@/lib/api/explain";
import type { DisplayStatus } from "@/lib/job-status";

export interface ReasonBarProps {
  reason: Reason;
  status: DisplayStatus;
  /** The step that is shown already. */
  shown: string | null;
  onShowStep: (step: string) => void;
  /** What the server says about it, once that is known. */
  explained: ExplainAnswer | undefined;
}

/** Why the job is not plainly running, in a sentence, with what can be done about it. */
export function ReasonBar({ reason, status, shown, onShowStep, explained }: ReasonBarProps) {
  const t = useTranslations("job.reason");
  const failure = "error" in reason ? reason.error : null;
  const step = "step" in reason && reason.step !== shown ? reason.step : null;
  return (
    <section
      className="reason"
      data-s={reason.kind === "branchesFailed" || reason.kind === "explained" ? "retrying" : status}
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
        {TELLS_ITS_END.has(reason.kind) ? null : <WhenItEnds explained={explained} />}
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

/** Reasons whose sentence has the time in it. */
const TELLS_ITS_END: ReadonlySet<Reason["kind"]> = new Set([
  "approval",
  "retrying",
  "handlerRetry",
  "waitSignal",
  "waitTime",
]);

/** The first things that would end the waiting by themselves, with when; the whole ladder is in the inspector. */
function WhenItEnds({ explained }: { explained: ExplainAnswer | undefined }) {
  const t = useTranslations("why");
  const timed = explained?.waiting[0]?.ends_by.filter(({ at }) => at !== null).slice(0, 2) ?? [];
  if (timed.length === 0) return null;
  return (
    <span className="s12 t2 reason-ends">
      {timed.map((end) => (
        <span key={end.what}>
          <EndWord end={end} /> <RelativeTime at={end.at ?? ""} />
        </span>
      ))}
      <span className="vh">{t("endsBy")}</span>
    </span>
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

function iconOf(reason: Reason, status: DisplayStatus): LucideIcon {
  if (
    reason.kind === "branchesFailed" ||
    reason.kind === "explained" ||
    (reason.kind === "queued" && !reason.listening)
  )
    return TriangleAlert;
  if (reason.kind === "approval") return Hand;
  if (reason.kind === "waitChild") return GitFork;
  if (reason.kind === "waiting" || reason.kind === "waitTime") return Hourglass;
  return STATUS_LOOK[status].icon;
}
