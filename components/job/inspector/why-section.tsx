"use client";
import { useTranslations } from "next-intl";
import { PlacementFunnel } from "@/components/job/inspector/placement-funnel";
import { WhyEnds } from "@/components/job/why-ends";
import { WhySentence } from "@/components/job/why-sentence";
import { Elapsed } from "@/components/ui/duration";
import type { ExplainAnswer, WaitingStep } from "@/lib/api/explain";

/** Open steps told one by one; of a wide fan-out the first ones stand for all. */
const SHOWN = 5;

/** Why the job goes no further: the ladder of causes, each with what would end it. */
export function WhySection({ explained }: { explained: ExplainAnswer }) {
  const t = useTranslations("why");
  const { waiting } = explained;
  const rest = waiting.length - SHOWN + explained.more;
  if (waiting.length === 0) return null;
  return (
    <section className="sec whys" data-why={waiting[0]?.kind}>
      <header>
        <h3 className="sec-h">{t("title")}</h3>
      </header>
      <ol className="why-list">
        {waiting.slice(0, SHOWN).map((step) => (
          <Rung key={`${step.kind} ${step.task?.no ?? ""}`} step={step} />
        ))}
      </ol>
      {rest > 0 ? <p className="s12 t3">{t("more", { count: rest })}</p> : null}
    </section>
  );
}

function Rung({ step }: { step: WaitingStep }) {
  const t = useTranslations("why");
  const branch = step.task?.branch ?? null;
  const child = step.kind === "child" ? step.waits_for.explained : null;
  const deeper = child?.waiting[0];
  const asks = step.kind === "worker" ? step.waits_for : null;
  return (
    <li>
      <p>
        {branch === null ? null : <b className="w5">{t("branch", { branch })} </b>}
        <WhySentence said={step} />{" "}
        <span className="t3">{t.rich("since", { time: () => <Elapsed from={step.since} /> })}</span>
      </p>
      {deeper ? (
        <p className="s12 t2">
          {t("childWaits")} <WhySentence said={deeper} />
        </p>
      ) : null}
      {asks?.placement ? <PlacementFunnel placement={asks.placement} taskType={asks.task_type} /> : null}
      <WhyEnds step={step} />
    </li>
  );
}
