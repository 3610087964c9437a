import type { Chance } from "./chance";

/** A job of the run, with what must become of it. */
export interface PlannedJob {
  /** Also its idempotency key. */
  key: string;
  kind: JobKind;
  blueprint: string;
  input: Record<string, unknown>;
  /** Milliseconds after the beginning. */
  submitAtMs: number;
  /** Submitted a second time at once, with the same key. */
  twice: boolean;
  /** Cancelled so long after it was acknowledged, in milliseconds. */
  cancelAfterMs: number | null;
  /** Submitted by the client that has a quota. */
  counted: boolean;
  expect: { status: "finished" | "failed" | "quarantined" | "cancelled"; result?: unknown };
}

export type JobKind = keyof typeof KINDS;

const retry = { max_attempts: 3, base_ms: 50, max_ms: 200 };
const step = (name: string, to: string, rest: object = {}, type = "fault_step") => ({
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

/** The declarative blueprints of the run; those with handlers are in the server's bundle. */
export const DOCUMENTS: ({ name: string } & Record<string, unknown>)[] = [
  {
    name: "fault_linear",
    states: {
      one: step("one", "two", { start: true }),
      two: step("two", "three", {}, "fault_remote"),
      three: step("three", "done"),
      done: done("one", "two", "three"),
    },
  },
  { name: "fault_fan", states: { spread: branches("fault_step"), gather, done: done("all") } },
  { name: "fault_fan_remote", states: { spread: branches("fault_remote", 3), gather, done: done("all") } },
  {
    name: "fault_flaky",
    states: {
      one: step("one", "two", { start: true, params: paramsOf({ fail_times: 2 }) }),
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
      one: step("one", "done", { start: true, params: paramsOf({ fail_times: 99, code: "PERMANENT_ERROR" }) }),
      done: done("one"),
    },
  },
  {
    name: "fault_slow",
    states: {
      one: step("one", "done", { start: true, params: paramsOf({ ms: "${initial_data.ms}" }) }),
      done: done("one"),
    },
  },
  {
    name: "fault_poison",
    states: { one: step("one", "done", { start: true }, "fault_poison"), done: done("one") },
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
      one: step("one", "done"),
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
    states: { rest: { type: "wait", start: true, seconds: 2, to: "one" }, one: step("one", "done"), done: done("one") },
  },
  {
    name: "fault_parent",
    states: {
      first: step("one", "below", { start: true }),
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

type Shape = Pick<PlannedJob, "blueprint" | "input" | "expect"> & { cancelAfterMs?: number; counted?: boolean };

const items = (n: number, count: number) => Array.from({ length: count }, (_, index) => n * 100 + index);
const gathered = (n: number, count: number) => ({
  all: items(n, count).map((square) => ({ status: "success", data: { square }, error: null })),
});

/** Each kind with its share in a thousand jobs. */
export const KINDS = {
  linear: { share: 280, shape: (n: number): Shape => finished("fault_linear", { n }, { one: n, two: n, three: n }) },
  placed: {
    share: 100,
    shape: (n: number): Shape => ({ ...finished("fault_placed", { n }, { one: n, two: n, three: n }), counted: true }),
  },
  placed_cancelled: {
    share: 20,
    shape: (n: number, chance: Chance): Shape => ({
      blueprint: "fault_placed_slow",
      input: { n, ms: 60_000 },
      expect: { status: "cancelled" },
      cancelAfterMs: chance.between(5, 1_500),
      counted: true,
    }),
  },
  fan_out: { share: 90, shape: (n: number): Shape => finished("fault_fan", { items: items(n, 4) }, gathered(n, 4)) },
  fan_out_remote: {
    share: 50,
    shape: (n: number): Shape => finished("fault_fan_remote", { items: items(n, 5) }, gathered(n, 5)),
  },
  handlers: { share: 90, shape: (n: number): Shape => finished("fault_handled", { n }, { one: n, two: 2 * n }) },
  transient: { share: 90, shape: (n: number): Shape => finished("fault_flaky", { n }, { one: n, two: n }) },
  permanent: {
    share: 40,
    shape: (n: number): Shape => ({ blueprint: "fault_broken", input: { n }, expect: { status: "quarantined" } }),
  },
  approval: { share: 50, shape: (n: number): Shape => finished("fault_approved", { n }, { one: n }) },
  deadline: { share: 30, shape: (n: number): Shape => finished("fault_expiring", { n }, { one: n }) },
  timer: { share: 40, shape: (n: number): Shape => finished("fault_timer", { n }, { one: n }) },
  child: { share: 50, shape: (n: number): Shape => finished("fault_parent", { n }, { one: n, two: n }) },
  cancelled: {
    share: 40,
    shape: (n: number, chance: Chance): Shape => ({
      blueprint: "fault_slow",
      input: { n, ms: 60_000 },
      expect: { status: "cancelled" },
      cancelAfterMs: chance.between(50, 2_500),
    }),
  },
  slow: {
    share: 28,
    shape: (n: number): Shape => finished("fault_slow", { n, ms: 4_500 }, { one: n }),
  },
  /** Long enough for its start to be told apart from its result. */
  started: { share: 0, shape: (n: number): Shape => finished("fault_slow", { n, ms: 1_400 }, { one: n }) },
  poison: {
    share: 2,
    shape: (n: number): Shape => ({ blueprint: "fault_poison", input: { n }, expect: { status: "quarantined" } }),
  },
} satisfies Record<string, { share: number; shape: (n: number, chance: Chance) => Shape }>;

function finished(blueprint: string, input: Record<string, unknown>, result: unknown): Shape {
  return { blueprint, input, expect: { status: "finished", result } };
}

/** Jobs of these kinds in the shares of the table, in random order, spread evenly over `overMs`. */
export function planJobs(
  chance: Chance,
  options: { count: number; overMs: number; kinds: JobKind[]; prefix: string },
): PlannedJob[] {
  const { count, overMs, kinds, prefix } = options;
  const total = kinds.reduce((sum, kind) => sum + KINDS[kind].share, 0) || 1;
  const drawn: JobKind[] = kinds.flatMap((kind) =>
    Array.from({ length: Math.max(1, Math.round((KINDS[kind].share / total) * count)) }, () => kind),
  );
  // The first kind makes up for what rounding adds or takes away.
  while (drawn.length < count) drawn.push(kinds[0] as JobKind);
  while (drawn.length > count) drawn.splice(Math.max(0, drawn.indexOf(kinds[0] as JobKind)), 1);
  return chance.shuffle(drawn).map((kind, index) => {
    const { cancelAfterMs = null, counted = false, ...shape } = KINDS[kind].shape(index + 1, chance) as Shape;
    const submitAtMs = Math.round((index / count) * overMs);
    return {
      key: `${prefix}-${index}`,
      kind,
      submitAtMs,
      twice: chance.next() < 0.3,
      cancelAfterMs,
      counted,
      ...shape,
    };
  });
}
