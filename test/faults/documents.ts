/** The same step in each place where an own worker runs tasks: test/faults/bundle/fault-tasks.ts. */
const [THREAD, PROCESS, INLINE] = ["fault_step", "fault_step_process", "fault_step_inline"] as const;

const retry = { max_attempts: 3, base_ms: 50, max_ms: 200 };
const step = (name: string, to: string, rest: object = {}, type: string = THREAD) => ({
  type: "task",
  task_type: type,
  params: { name, value: "${initial_data.n}" },
  retry,
  transitions: { success: to },
  ...rest,
});
const done = (...keys: string[]) => ({
  type: "end",
  outcome: "success",
  result: Object.fromEntries(keys.map((key) => [key, `\${state_history.${key}}`])),
});
const branches = (taskType: string, concurrency?: number) => ({
  type: "parallel",
  start: true,
  for_each: "${initial_data.items}",
  task: { task_type: taskType, params: { name: "square", value: "${item}" }, retry },
  ...(concurrency ? { concurrency } : {}),
  aggregate_into: "gather",
});
const gather = { type: "set", values: { all: "${aggregation_list}" }, to: "done" };
const paramsOf = (rest: object) => ({ name: "one", value: "${initial_data.n}", ...rest });
const slow = (type: string) =>
  step("one", "done", { start: true, params: paramsOf({ ms: "${initial_data.ms}" }) }, type);
/** An attempt that hangs burns one, and so does another that is held up by a blow. */
const stuck = { timeout_seconds: 0.7, retry: { ...retry, max_attempts: 12 } };
const dying = { retry: { ...retry, max_attempts: 4 } };

/** The declarative blueprints of the run; those with handlers are in the server's bundle. */
export const DOCUMENTS: ({ name: string } & Record<string, unknown>)[] = [
  {
    name: "fault_linear",
    states: {
      one: step("one", "two", { start: true }),
      two: step("two", "three", {}, "fault_remote"),
      three: step("three", "done", {}, INLINE),
      done: done("one", "two", "three"),
    },
  },
  { name: "fault_fan", states: { spread: branches(THREAD), gather, done: done("all") } },
  { name: "fault_fan_remote", states: { spread: branches("fault_remote", 3), gather, done: done("all") } },
  {
    name: "fault_flaky",
    states: {
      one: step("one", "two", { start: true, params: paramsOf({ fail_times: 2 }) }, PROCESS),
      two: step(
        "two",
        "done",
        { params: { name: "two", value: "${initial_data.n}", fail_times: 2, ms: 150 } },
        "fault_remote",
      ),
      done: done("one", "two"),
    },
  },
  {
    name: "fault_broken",
    states: {
      one: step("one", "done", { start: true, params: paramsOf({ fail_times: 99, code: "PERMANENT_ERROR" }) }, PROCESS),
      done: done("one"),
    },
  },
  { name: "fault_slow", states: { one: slow(THREAD), done: done("one") } },
  { name: "fault_slow_process", states: { one: slow(PROCESS), done: done("one") } },
  { name: "fault_poison", states: { one: step("one", "done", { start: true }, "fault_poison"), done: done("one") } },
  ...["thread", "process"].map((place) => ({
    name: `fault_poison_${place}`,
    states: { one: step("one", "done", { start: true }, `fault_poison_${place}`), done: done("one") },
  })),
  {
    name: "fault_stuck",
    states: {
      one: step("one", "two", { start: true, ...stuck }, "fault_stuck_thread"),
      two: step("two", "done", stuck, "fault_stuck_process"),
      done: done("one", "two"),
    },
  },
  {
    name: "fault_stuck_long",
    states: {
      one: step("one", "done", { start: true, ...stuck, timeout_seconds: 5 }, "fault_blocked_once"),
      done: done("one"),
    },
  },
  {
    name: "fault_stuck_cancelled",
    states: { one: step("one", "done", { start: true, timeout_seconds: 60 }, "fault_blocked"), done: done("one") },
  },
  {
    name: "fault_crash",
    states: {
      one: step("one", "two", { start: true, ...dying }, "fault_crash_thread"),
      two: step("two", "three", dying, "fault_crash_process"),
      three: step("three", "done", dying, "fault_crash_late"),
      done: done("one", "two", "three"),
    },
  },
  {
    name: "fault_approved",
    states: {
      ask: {
        type: "approval",
        start: true,
        message: "Go on with ${initial_data.n}?",
        approvers: ["client:owner"],
        transitions: { approved: "one", rejected: "refused" },
      },
      one: step("one", "done", {}, INLINE),
      done: done("one"),
      refused: { type: "end", outcome: "failure" },
    },
  },
  {
    name: "fault_expiring",
    states: {
      ask: {
        type: "approval",
        start: true,
        message: "Nobody is asked",
        approvers: ["user:nobody@example.com"],
        deadline_seconds: 2,
        transitions: { approved: "refused", expired: "one" },
      },
      one: step("one", "done"),
      done: done("one"),
      refused: { type: "end", outcome: "failure" },
    },
  },
  {
    name: "fault_timer",
    states: {
      rest: { type: "wait", start: true, seconds: 2, to: "one" },
      one: step("one", "done", {}, INLINE),
      done: done("one"),
    },
  },
  {
    name: "fault_parent",
    states: {
      first: step("one", "below", { start: true }, PROCESS),
      below: {
        type: "child",
        blueprint: "fault_linear",
        input: { n: "${initial_data.n}" },
        transitions: { success: "last", failure: "refused" },
      },
      last: step("two", "done"),
      done: done("one", "two"),
      refused: { type: "end", outcome: "failure" },
    },
  },
];

const gpu = { requirements: { resources: { devices: [{ type: "gpu", properties: { vram_gb: 16 } }] } } };

/** Blueprints of the client whose jobs are counted: their tasks ask for more than a skill, so the dispatcher places them. */
export const QUOTA_DOCUMENTS: ({ name: string } & Record<string, unknown>)[] = [
  {
    name: "fault_placed",
    states: {
      one: step("one", "two", { start: true, ...gpu, strategy: "round_robin" }, "fault_gpu"),
      two: step("two", "three", { ...gpu, params: paramsOf({ name: "two", fail_times: 1 }) }, "fault_gpu"),
      // Of those that this machine runs itself.
      three: step("three", "done", { strategy: "least_connections" }),
      done: done("one", "two", "three"),
    },
  },
  {
    name: "fault_placed_slow",
    states: {
      one: step("one", "done", { start: true, ...gpu, params: paramsOf({ ms: "${initial_data.ms}" }) }, "fault_gpu"),
      done: done("one"),
    },
  },
];
