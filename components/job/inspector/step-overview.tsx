"use client";
import { useTranslations } from "next-intl";
import { asksForMore, TaskWishes } from "@/components/blueprint/task-wishes";
import { actorName } from "@/components/job/actor-name";
import { ApprovalSection } from "@/components/job/inspector/approval-section";
import { AttemptsTable } from "@/components/job/inspector/attempts-table";
import { BranchSection } from "@/components/job/inspector/branch-section";
import { ChildSection } from "@/components/job/inspector/child-section";
import { ConditionList } from "@/components/job/inspector/condition-list";
import { ErrorNote } from "@/components/job/inspector/error-note";
import type { StepParts } from "@/components/job/inspector/step-parts";
import { WaitSection } from "@/components/job/inspector/wait-section";
import { WhySection } from "@/components/job/inspector/why-section";
import { WorkerEvents } from "@/components/job/inspector/worker-events";
import { taskError } from "@/components/job/step-facts";
import { useExplain } from "@/components/job/use-explain";
import { Elapsed } from "@/components/ui/duration";
import { JsonView } from "@/components/ui/json-view";
import { AbsoluteTime } from "@/components/ui/relative-time";
import type { BlueprintState } from "@/lib/blueprint/document";
import { stepIdOf } from "@/lib/job-view";

/** The step in short: what went wrong, branches or attempts, the approval, and when it was. */
export function StepOverview({ detail, history, graph, selection, step, node }: StepParts) {
  const whole = useTranslations("job.whole");
  const inspector = useTranslations("job.inspector");
  const job = useTranslations("job");
  const current = step.endedAt === null || history.view.ended === "quarantined";
  const explained = useExplain(detail.job_id, step.state, current && step === history.view.steps.at(-1));
  const cases = history.view.steps.at(-1)?.entry === step.entry ? undefined : leavingCases(history, step);
  const [task] = step.tasks;
  const error = step.error ?? (task && !step.fanOut && task.status === "retrying" ? taskError(task) : null);
  const result = node?.type === "end" && step.endedAt !== null ? detail.result : null;
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      {step.completedBy ? (
        <p className="note" data-s="succeeded">
          {inspector("completedBy", { who: actorName(step.completedBy, job) })}
        </p>
      ) : null}
      {explained ? <WhySection explained={explained} /> : null}
      {step.wait ? <WaitSection step={step} wait={step.wait} /> : null}
      {step.child ? <ChildSection key={step.child.jobId} child={step.child} /> : null}
      {step.approval ? (
        <ApprovalSection approval={step.approval} jobId={detail.job_id} open={step.endedAt === null} />
      ) : null}
      {step.fanOut ? (
        <BranchSection
          step={step}
          selected={selection.branch}
          onSelect={(branch) => selection.select(stepIdOf(step), branch)}
        />
      ) : null}
      {task && !step.fanOut ? <AttemptsTable task={task} progress={history.progress.get(task.no)} /> : null}
      {step.events.length > 0 ? <WorkerEvents events={step.events} /> : null}
      {step.handlerFailures.length > 0 ? <HandlerFailures step={step} /> : null}
      {cases && cases.length > 0 ? <ConditionList cases={cases} /> : null}
      {result === null ? null : <JsonView value={result} label={whole("result")} />}
      <StepFacts step={step} description={node?.description ?? null} state={graph?.document.states[step.state]} />
    </>
  );
}

/** The conditions read when the step was left: they are noted in what was entered next. */
function leavingCases(history: StepParts["history"], step: StepParts["step"]) {
  const { steps } = history.view;
  return steps[steps.indexOf(step) + 1]?.via?.cases;
}

function HandlerFailures({ step }: { step: StepParts["step"] }) {
  const t = useTranslations("job.inspector");
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("handlerFailures")}</h3>
      </header>
      <ol className="boxed fail-list">
        {step.handlerFailures.map(({ attempt, message, at }) => (
          <li className="fail-row" key={at}>
            <span className="t3">{attempt}</span>
            <span className="clip" title={message}>
              {message}
            </span>
            <AbsoluteTime at={at} className="s11 t3" />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface StepFactsProps {
  step: StepParts["step"];
  description: string | null;
  /** As the blueprint has it. */
  state: BlueprintState | undefined;
}

function StepFacts({ step, description, state }: StepFactsProps) {
  const t = useTranslations("job.inspector");
  const wish = useTranslations("blueprints.wish");
  return (
    <dl className="kv">
      {description ? (
        <>
          <dt>{t("description")}</dt>
          <dd>{description}</dd>
        </>
      ) : null}
      {asksForMore(state) ? (
        <>
          <dt>{wish("title")}</dt>
          <dd>
            <TaskWishes state={state} />
          </dd>
        </>
      ) : null}
      {step.via ? (
        <>
          <dt>{t("cameFrom")}</dt>
          <dd>{t("cameBy", { from: step.via.from, on: step.via.when ?? step.via.on })}</dd>
        </>
      ) : null}
      <dt>{t("entered")}</dt>
      <dd>
        <AbsoluteTime at={step.enteredAt} withMs />
      </dd>
      {step.endedAt ? (
        <>
          <dt>{t("ended")}</dt>
          <dd>
            <AbsoluteTime at={step.endedAt} withMs />
          </dd>
        </>
      ) : null}
      <dt>{t("took")}</dt>
      <dd>
        <Elapsed from={step.enteredAt} to={step.endedAt} />
      </dd>
    </dl>
  );
}
