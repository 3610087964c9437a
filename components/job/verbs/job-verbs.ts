import { hasEnded } from "@/components/job/job-facts";
import type { DisplayStatus } from "@/lib/job-status";
import type { JobView } from "@/lib/job-view";
import type { Permission } from "@/lib/roles";

/** What a person can do with a job, in the order of the menu. */
export const JOB_VERBS = [
  "resume",
  "signal",
  "retry",
  "requeue",
  "pause",
  "complete",
  "fork",
  "priority",
  "giveUp",
  "cancel",
] as const;
export type JobVerb = (typeof JOB_VERBS)[number];

/** What each needs. */
export const VERB_PERMISSION: Record<JobVerb, Permission> = {
  resume: "jobs:operate",
  signal: "jobs:signal",
  retry: "jobs:retry",
  requeue: "jobs:operate",
  pause: "jobs:operate",
  complete: "jobs:operate",
  fork: "jobs:operate",
  priority: "jobs:operate",
  giveUp: "jobs:operate",
  cancel: "jobs:cancel",
};

/** The key that asks for it, for the ones that are used often. */
export const VERB_KEY: Partial<Record<JobVerb, string>> = {
  resume: "p",
  pause: "p",
  signal: "s",
  retry: "r",
  requeue: "e",
  fork: "f",
  cancel: "c",
};

/** The last part of the address that does it. */
export const VERB_PATH: Record<Exclude<JobVerb, "signal">, string> = {
  resume: "resume",
  retry: "retry",
  requeue: "requeue",
  pause: "pause",
  complete: "complete",
  fork: "fork",
  priority: "priority",
  giveUp: "give-up",
  cancel: "cancel",
};

/** The name of the signal that a job waits for now. */
export function awaitedSignal(view: JobView, status: DisplayStatus): string | null {
  const step = view.steps.at(-1);
  return hasEnded(status) || !step || step.endedAt !== null ? null : (step.wait?.signal ?? null);
}

/** What can be done with a job that stands like this, whoever wants to; in the order of the menu. */
export function possibleVerbs(view: JobView, status: DisplayStatus): JobVerb[] {
  const ended = hasEnded(status);
  const quarantined = status === "quarantined";
  const can: Record<JobVerb, boolean> = {
    resume: status === "paused",
    signal: awaitedSignal(view, status) !== null,
    retry: status === "failed" || quarantined,
    requeue: quarantined,
    pause: !ended && !quarantined && status !== "paused",
    complete: !ended,
    fork: view.steps.length > 0,
    priority: !ended,
    giveUp: quarantined,
    cancel: !ended,
  };
  return JOB_VERBS.filter((verb) => can[verb]);
}

/** Those that stand as buttons beside "Cancel": the first two, so that the bar fits; the others are in the menu. */
export const MOST_BUTTONS = 2;
const AS_BUTTON: ReadonlySet<JobVerb> = new Set(["resume", "signal", "retry", "requeue", "pause"]);

export function inBar(verbs: readonly JobVerb[]): { buttons: JobVerb[]; menu: JobVerb[]; cancel: boolean } {
  const buttons = verbs.filter((verb) => AS_BUTTON.has(verb)).slice(0, MOST_BUTTONS);
  const menu = verbs.filter((verb) => verb !== "cancel" && !buttons.includes(verb));
  return { buttons, menu, cancel: verbs.includes("cancel") };
}
