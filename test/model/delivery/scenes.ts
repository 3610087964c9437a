import { FAULT_KINDS, type FaultKind, type Plant, type Setting } from "./plant";

/** A scene with nothing in it that can go wrong, to be added to. */
const calm: Setting = {
  tasks: 1,
  fences: 1,
  faults: 0,
  kinds: new Set(),
  starts: false,
  failures: false,
  cancel: false,
  checks: true,
};
const all = new Set(FAULT_KINDS);
const only = (...kinds: FaultKind[]) => new Set(kinds);

/** Scenes that are walked with every run of the tests. */
export const SCENES: Record<string, Setting> = {
  "one long task, any one fault anywhere": { ...calm, starts: true, faults: 1, kinds: all },
  "one task that may fail and is handed out twice, no fault": { ...calm, fences: 2, starts: true, failures: true },
  "two long tasks that may fail, no fault": { ...calm, tasks: 2, starts: true, failures: true },
  "two tasks that may fail and are handed out twice, no fault": { ...calm, tasks: 2, fences: 2, failures: true },
  "two tasks, an engine that crashes or a Redis that is emptied": {
    ...calm,
    tasks: 2,
    faults: 1,
    kinds: only("engine_crash", "flush"),
  },
  "a cancel and two crashes": { ...calm, cancel: true, faults: 2, kinds: only("engine_crash", "worker_crash") },
  "a worker that stalls, and what it held is handed out anew": {
    ...calm,
    fences: 2,
    faults: 1,
    kinds: only("worker_stall"),
    checks: false,
  },
};

/** Scenes of the long run, in addition. */
export const LONG_SCENES: Record<string, Setting> = {
  "a worker that stalls, with all that looks after it": {
    ...calm,
    fences: 2,
    faults: 1,
    kinds: only("worker_stall"),
  },
  "one task handed out twice, any one fault anywhere": { ...calm, fences: 2, faults: 1, kinds: all },
  "one long task and a cancel, any one fault anywhere": { ...calm, starts: true, cancel: true, faults: 1, kinds: all },
  "one task, any two faults anywhere": { ...calm, faults: 2, kinds: all },
  "one long task, any two of crashes and an emptied Redis": {
    ...calm,
    starts: true,
    faults: 2,
    kinds: only("engine_crash", "worker_crash", "flush"),
  },
  "two tasks, any one fault anywhere": { ...calm, tasks: 2, faults: 1, kinds: all },
};

/** The smallest scene found in which each planted fault does harm. */
export const PLANTED: Record<Plant, { setting: Setting; found: RegExp }> = {
  result_without_fence: {
    setting: { ...calm, fences: 2, failures: true, faults: 1, kinds: only("result_twice"), checks: false },
    found: /I3: a result counted that names another attempt/,
  },
  commit_without_version: { setting: { ...calm, tasks: 2 }, found: /I3: task \d was counted twice/ },
  ack_before_commit: {
    setting: { ...calm, starts: true, faults: 1, kinds: only("engine_crash") },
    found: /I6: nothing wakes the running task/,
  },
  cached_refusal: {
    setting: { ...calm, fences: 2, failures: true },
    found: /a result of the current attempt was called stale/,
  },
  reaper_without_guard: {
    setting: { ...calm, faults: 1, kinds: only("worker_stall") },
    found: /I5: a renewed session was called dead/,
  },
  reap_once: {
    setting: { ...calm, faults: 2, kinds: only("worker_stall", "worker_crash"), checks: false },
    found: /liveness: the job cannot end/,
  },
  reconciler_by_age: {
    setting: { ...calm, tasks: 2, faults: 1, kinds: only("send_lost", "flush") },
    found: /liveness: task \d cannot end while the other stays/,
  },
  resend_by_age: { setting: calm, found: /an attempt that lay in the window was sent again/ },
  signals_before_window: { setting: calm, found: /an attempt whose result was under way was sent again/ },
  no_reconciler: {
    setting: { ...calm, faults: 1, kinds: only("engine_crash") },
    found: /liveness: the job cannot end/,
  },
  started_result_in_redis_only: {
    setting: { ...calm, starts: true, faults: 1, kinds: only("flush") },
    found: /I6: nothing wakes the running task/,
  },
  cancelled_goes_on: { setting: { ...calm, cancel: true }, found: /I15: a terminal job changed/ },
  count_twice: {
    setting: { ...calm, tasks: 2, fences: 2, failures: true },
    found: /I11: more branches failed than are tolerated/,
  },
};
