import { bit, FENCES, JOB, KIND, type Layout, PLACE, PLACES, ROW } from "./state";

/** What holds in every state; the numbers are those of the invariants that the reference run of faults checks too. */
export function invariantOf(at: Layout): (state: Uint8Array) => string | null {
  const { tasks } = at.setting;
  return (s) => {
    const job = s[at.job] as number;
    let open = 0;
    for (let t = 0; t < tasks; t++) {
      if (s[at.row + t] !== ROW.gone) open += 1;
      if ((s[at.counted + t] as number) > 1) return `I3: task ${t} was counted twice`;
    }
    if ((s[at.ends] as number) > 1) return "I11: the fan-in ended twice";
    if (job === JOB.none) return open ? "I1: tasks without a job" : null;
    if (job !== JOB.open) return open ? "I15: a terminal job has open tasks" : null;
    if (s[at.pending] !== open) return `I11: ${s[at.pending]} branches are counted as open, ${open} are`;
    if (open === 0) return "I6: an open job has nothing that wakes it";
    if ((s[at.failed] as number) > tasks - 1)
      return "I11: more branches failed than are tolerated, and the job is open";
    for (let t = 0; t < tasks; t++) {
      const wrong = taskFault(at, s, t);
      if (wrong) return wrong;
    }
    return null;
  };
}

function taskFault(at: Layout, s: Uint8Array, t: number): string | null {
  const row = s[at.row + t] as number;
  if (row === ROW.gone) return s[at.counted + t] ? null : `I6: task ${t} is gone and was never counted`;
  if (s[at.counted + t]) return `I3: task ${t} was counted and is open`;
  const fence = s[at.fence + t] as number;
  const raised = (s[at.attempt + t] as number) - 1 + (s[at.losses + t] as number) - (row === ROW.retry ? 1 : 0);
  if (fence !== 1 + raised) return `I3: task ${t} has fence ${fence} after ${raised} ends of attempts`;
  for (let w = 0; w < 2; w++) {
    if ((s[at.of(at.hold, w, t)] as number) > fence) return `I3: worker ${w} holds an attempt that nobody handed out`;
  }
  if (row !== ROW.running) return null;
  return wakes(at, s, t, fence)
    ? null
    : `I6: nothing wakes the running task ${t}: its worker lives and knows nothing of it`;
}

/** A running task ends with its worker's word, or with its worker. */
function wakes(at: Layout, s: Uint8Array, t: number, fence: number): boolean {
  const holder = s[at.holder + t] as number;
  if (s[at.workerDown + holder] || s[at.of(at.hold, holder, t)] === fence) return true;
  for (let e = 0; e < 2; e++) if ((s[at.of(at.lost, e, t)] as number) & bit(fence)) return true;
  for (const kind of [KIND.ok, KIND.fail]) {
    for (let place = PLACE.unread; place < PLACES; place++) {
      if (FENCES[s[at.signalOf(t, kind, place)] as number]?.includes(fence)) return true;
    }
  }
  return false;
}
