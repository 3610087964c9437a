"use client";
import { useTranslations } from "next-intl";
import { VerbButton } from "@/components/job/verb-button";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import { ButtonLink } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import type { WaitEnd, WaitingStep } from "@/lib/api/explain";
import type { Messages } from "@/lib/i18n/messages";

/** What a person can do about it, where that is a verb of the job. */
const VERB: Record<string, JobVerb> = {
  resume: "resume",
  requeue: "requeue",
  retry: "retry",
  give_up: "giveUp",
  signal: "signal",
  complete: "complete",
};

/** What would end the waiting, each with when it happens by itself or the button that does it. */
export function WhyEnds({ step }: { step: WaitingStep }) {
  const t = useTranslations("why");
  if (step.ends_by.length === 0) return null;
  return (
    <ul className="why-ends" aria-label={t("endsBy")}>
      {step.ends_by.map((end) => (
        <li key={end.what}>
          <EndWord end={end} />
          {end.at ? (
            <>
              {" "}
              <RelativeTime at={end.at} className="t3" />
            </>
          ) : null}
          <EndAction end={end} step={step} />
        </li>
      ))}
    </ul>
  );
}

/** The word for what ends a waiting; the server's code where this page has none. */
export function EndWord({ end: { what, how } }: { end: WaitEnd }) {
  const t = useTranslations("why");
  const word = what === "retry" && how !== null ? "retry_by_hand" : what;
  const key = `end.${word}` as `end.${keyof Messages["why"]["end"]}`;
  return t.has(key) ? t(key) : what;
}

function EndAction({ end, step }: { end: WaitEnd; step: WaitingStep }) {
  const t = useTranslations("why");
  const verb = end.how === null ? undefined : VERB[end.what];
  if (verb) return <VerbButton verb={verb} />;
  const href = placeOf(end, step);
  return href ? (
    <ButtonLink size="sm" href={href}>
      {t("open")}
    </ButtonLink>
  ) : null;
}

/** Where a person can do something about it. */
function placeOf({ what }: WaitEnd, step: WaitingStep): string | null {
  if (step.kind === "approval" && what === "decision") return `/approvals/${step.waits_for.approval_id}`;
  if (step.kind === "child" && (what === "child" || what === "child_requeue"))
    return step.waits_for.job_id === null ? null : `/jobs/${step.waits_for.job_id}`;
  if (what !== "worker") return null;
  // The ladder of the placement has its own way there.
  if (step.kind === "worker" && step.waits_for.placement?.workers) return null;
  return step.kind === "worker" ? `/workers?skill=${encodeURIComponent(step.waits_for.task_type)}` : "/workers";
}
