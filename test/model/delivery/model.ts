import type { Model, Promise_ } from "../explorer";
import { engineSteps } from "./engine-steps";
import { faultSteps } from "./fault-steps";
import { invariantOf } from "./invariants";
import { keeperSteps } from "./keeper-steps";
import type { Setting } from "./plant";
import { describe, Scene, type Step, stepOf, taskOfLabel } from "./scene";
import { show } from "./show";
import { JOB, Layout, ROW } from "./state";
import { workerSteps } from "./worker-steps";

/** Steps that nobody may count on: faults, what people may do, and a Redis that comes back. */
const UNSURE: ReadonlySet<Step> = new Set(["client cancels the job", "Redis comes back"]);
const WORK: ReadonlySet<Step> = new Set([
  "worker reports a start",
  "worker reports success",
  "worker reports failure",
  "worker claims a row",
]);

/**
 * How a job with one or two tasks travels between two engines, two workers, Postgres and Redis. Each step of a process
 * that others can see is one step here; a process may stop for good, for a while, or for ever between any two of them.
 */
export function deliveryModel(setting: Setting): Model {
  const at = new Layout(setting);
  const scene = new Scene(at);
  const holds = invariantOf(at);
  return {
    cells: at.cells,
    initial: () => new Uint8Array(at.cells.size),
    steps(state, take) {
      scene.look(state, take);
      for (let e = 0; e < 2; e++) engineSteps(scene, e);
      for (let w = 0; w < 2; w++) workerSteps(scene, w);
      keeperSteps(scene);
      faultSteps(scene);
    },
    broken: holds,
    describe,
    show: (state) => show(at, state),
    promises: promisesOf(at),
  };
}

function isSure(label: number): boolean {
  const step = stepOf(label);
  return !step.startsWith("FAULT") && !UNSURE.has(step);
}

function promisesOf(at: Layout): Promise_[] {
  const isOver = (state: Uint8Array) => (state[at.job] as number) > JOB.open;
  const promises: Promise_[] = [{ name: "liveness: the job cannot end any more", by: isSure, kept: isOver }];
  if (at.setting.tasks === 1) return promises;
  for (const task of [0, 1]) {
    promises.push({
      name: `liveness: task ${task} cannot end while the other stays in its worker's hands`,
      by: (label) => isSure(label) && !(WORK.has(stepOf(label)) && taskOfLabel(label) !== task),
      kept: (state) => isOver(state) || (state[at.job] === JOB.open && state[at.row + task] === ROW.gone),
    });
  }
  return promises;
}
