import type { ExplainAnswer, WaitingStep } from "@/lib/api/explain";
import { isTerminal, jobStatusOf } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import type { ExplainFacts } from "@/server/store/reads/explain-facts";
import type { Moment } from "./moment";
import { type Said, say } from "./sentences";
import {
  approvalStep,
  childStep,
  engineStep,
  handlerStep,
  pausedStep,
  quarantinedStep,
  versionStep,
  waitStep,
} from "./state-steps";
import { taskStep } from "./task-steps";
import type { Told } from "./told";

/** Why the job, and each of its open steps, waits. Pure; a child is not explained yet (`waits_for.explained` is null). */
export function explain(facts: ExplainFacts, told: Told): ExplainAnswer {
  const { job } = facts;
  const status = jobStatusOf(job.status);
  const moment = { facts, told };
  const waiting = isTerminal(status) ? [] : stepsOf(moment);
  const more = isTerminal(status) ? 0 : Math.max(0, facts.openTasks - facts.tasks.length);
  return {
    job_id: job.id,
    status,
    state: job.state,
    version: job.version,
    now: facts.now.toISOString(),
    ...whole(moment, waiting),
    complete_with: isTerminal(status) ? [] : told.exits,
    waiting,
    more,
  };
}

/** The job in one sentence: its fan-out's, or its first step's. */
export function whole({ facts }: Moment, waiting: readonly WaitingStep[]): Said {
  const status = jobStatusOf(facts.job.status);
  if (isTerminal(status)) return say("ended", { status });
  const first = waiting[0] as WaitingStep;
  const { group } = facts;
  if (!group || first.task === null)
    return { key: first.key as Said["key"], values: first.values, sentence: first.sentence };
  const { expected: total, pending } = group;
  return say("branches", { done: total - pending, total, running: facts.runningTasks, first: first.sentence });
}

function stepsOf(moment: Moment): WaitingStep[] {
  const { facts } = moment;
  const status = jobStatusOf(facts.job.status);
  const front = facts.left ? [versionStep(moment, facts.left)] : [];
  if (status === "quarantined") return [...front, quarantinedStep(moment)];
  if (status === "paused") return [...front, pausedStep(moment), ...underWay(moment)];
  const steps = [...front, ...ownSteps(moment)];
  return steps.length > 0 ? steps : [engineStep(moment)];
}

/** What goes on in a paused job: nothing new begins, but people and workers may end what they have in hand. */
function underWay(moment: Moment): WaitingStep[] {
  const running = moment.facts.tasks.filter(({ status }) => status === TASK_STATUS.running);
  return [...running.map((task) => taskStep(moment, task)), ...stateSteps(moment)];
}

function ownSteps(moment: Moment): WaitingStep[] {
  return [...moment.facts.tasks.map((task) => taskStep(moment, task)), ...stateSteps(moment)];
}

function stateSteps(moment: Moment): WaitingStep[] {
  const { facts, told } = moment;
  switch (told.status) {
    case "waiting_for_human":
      return facts.approval ? [approvalStep(moment, facts.approval)] : [];
    case "waiting":
      return [waitStep(moment)];
    case "waiting_for_sub_job":
      return [childStep(moment)];
    case "running":
    case "awaiting_retry":
      return facts.timers.some(({ key }) => key === "handler") ? [handlerStep(moment)] : [];
    default:
      return [];
  }
}
