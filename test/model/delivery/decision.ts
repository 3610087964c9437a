import type { Scene } from "./scene";
import { fenceOf, JOB, KIND, kindOf, ROW, taskOf } from "./state";

/** What a job makes of a signal. */
export const VERDICT = {
  refused: 0,
  finished: 1,
  retry: 2,
  givenUp: 3,
  started: 4,
  redelivered: 5,
  cancelled: 6,
  submitted: 7,
} as const;

const MAX_ATTEMPTS = 2;
const MAX_LOSSES = 2;

/** The rules of `decide`, in little: a signal counts when it names the current attempt of an open task of an open job. */
export function decideSignal(scene: Scene, state: Uint8Array, busy: number): number {
  const { at } = scene;
  const kind = kindOf(busy);
  const job = state[at.job];
  if (kind === KIND.submit) return job === JOB.none ? VERDICT.submitted : VERDICT.refused;
  if (kind === KIND.cancel) return job === JOB.open ? VERDICT.cancelled : VERDICT.refused;
  const goesOn = scene.has("cancelled_goes_on") && job === JOB.cancelled;
  if (job !== JOB.open && !goesOn) return VERDICT.refused;
  const task = taskOf(busy);
  const row = state[at.row + task];
  const isCurrent =
    state[at.fence + task] === fenceOf(busy) || (scene.has("result_without_fence") && kind <= KIND.fail);
  if (kind === KIND.due) return row === ROW.retry && isCurrent ? VERDICT.redelivered : VERDICT.refused;
  const isOpen = row === ROW.backlog || row === ROW.announced || row === ROW.running || (goesOn && kind <= KIND.fail);
  if (!isOpen || !isCurrent) return VERDICT.refused;
  const isLastHandOut = (state[at.fence + task] as number) >= at.setting.fences;
  switch (kind) {
    case KIND.ok:
      return VERDICT.finished;
    case KIND.fail:
      return isLastHandOut || (state[at.attempt + task] as number) >= MAX_ATTEMPTS ? VERDICT.givenUp : VERDICT.retry;
    case KIND.lost:
      return isLastHandOut || (state[at.losses + task] as number) + 1 >= MAX_LOSSES
        ? VERDICT.givenUp
        : VERDICT.redelivered;
    default:
      return row === ROW.running ? VERDICT.refused : VERDICT.started;
  }
}

/** Writes what a verdict says, to the database and to what engine `e` is to send; notes what must never be written. */
export function write(scene: Scene, n: Uint8Array, e: number, busy: number, verdict: number): void {
  const { at } = scene;
  const task = taskOf(busy);
  checkWrite(scene, n, busy, verdict);
  switch (verdict) {
    case VERDICT.submitted:
      n[at.job] = JOB.open;
      n[at.pending] = at.setting.tasks;
      for (let t = 0; t < at.setting.tasks; t++) {
        n[at.fence + t] = 1;
        n[at.attempt + t] = 1;
        makeReady(scene, n, e, t);
      }
      return;
    case VERDICT.cancelled:
      n[at.job] = JOB.cancelled;
      closeTasks(scene, n, e);
      return;
    case VERDICT.started:
      n[at.row + task] = ROW.running;
      n[at.holder + task] = kindOf(busy) - KIND.start0;
      return;
    case VERDICT.retry:
      n[at.row + task] = ROW.retry;
      add(n, at.attempt + task, 1);
      return;
    case VERDICT.redelivered:
      if (kindOf(busy) === KIND.lost) add(n, at.losses + task, 1);
      else if (scene.has("count_twice")) add(n, at.failed, 1);
      add(n, at.fence + task, 1);
      makeReady(scene, n, e, task);
      return;
    default:
      endTask(scene, n, e, task, verdict === VERDICT.givenUp);
  }
}

function checkWrite(scene: Scene, n: Uint8Array, busy: number, verdict: number): void {
  const { at } = scene;
  const job = n[at.job] as number;
  if (job > JOB.open) scene.fault = "I15: a terminal job changed";
  if (verdict === VERDICT.submitted || verdict === VERDICT.cancelled) return;
  const task = taskOf(busy);
  if (n[at.fence + task] !== fenceOf(busy)) scene.fault = "I3: a result counted that names another attempt";
  if (verdict === VERDICT.finished || verdict === VERDICT.givenUp) {
    if (n[at.counted + task]) scene.fault = "I3: two results of one task counted";
  }
}

function endTask(scene: Scene, n: Uint8Array, e: number, task: number, failed: boolean): void {
  const { at } = scene;
  n[at.row + task] = ROW.gone;
  add(n, at.counted + task, 1);
  n[at.pending] = Math.max(0, (n[at.pending] as number) - 1);
  if (failed) {
    add(n, at.failed, 1);
    n[at.of(at.withdraw, e, task)] = 1;
  }
  finishIfDone(scene, n, e);
}

/** One failed branch of two is tolerated; the only task of a job is not. */
export function finishIfDone(scene: Scene, n: Uint8Array, e: number): void {
  const { at } = scene;
  const tolerated = at.setting.tasks - 1;
  if ((n[at.failed] as number) > tolerated) {
    n[at.job] = JOB.failed;
    closeTasks(scene, n, e);
    add(n, at.ends, 1);
  } else if (n[at.pending] === 0) {
    n[at.job] = JOB.finished;
    add(n, at.ends, 1);
  }
}

function closeTasks(scene: Scene, n: Uint8Array, e: number): void {
  const { at } = scene;
  for (let t = 0; t < at.setting.tasks; t++) {
    if (n[at.row + t] === ROW.gone) continue;
    n[at.row + t] = ROW.gone;
    n[at.of(at.withdraw, e, t)] = 1;
  }
  n[at.pending] = 0;
}

/** A task that may be taken: announced and to be sent, or a row to be claimed while there is no Redis. */
function makeReady(scene: Scene, n: Uint8Array, e: number, task: number): void {
  const { at } = scene;
  const byRedis = n[at.mode] === 0;
  n[at.row + task] = byRedis ? ROW.announced : ROW.backlog;
  n[at.holder + task] = 0;
  if (byRedis) n[at.of(at.announce, e, task)] = n[at.fence + task] as number;
}

export function add(n: Uint8Array, index: number, by: number): void {
  n[index] = Math.min(3, (n[index] as number) + by);
}
