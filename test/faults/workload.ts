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
  expect: {
    status: "finished" | "failed" | "quarantined" | "cancelled";
    result?: unknown;
    /** Why it stands in quarantine. */
    code?: string;
    /** What its attempts may fail with, where each of them must be known. */
    failures?: string[];
  };
}

export type JobKind = keyof typeof KINDS;

type Shape = Pick<PlannedJob, "blueprint" | "input" | "expect"> & { cancelAfterMs?: number; counted?: boolean };

const items = (n: number, count: number) => Array.from({ length: count }, (_, index) => n * 100 + index);
const gathered = (n: number, count: number) => ({
  all: items(n, count).map((square) => ({ status: "success", data: { square }, error: null })),
});

/** Each kind with its share in a thousand jobs. */
export const KINDS = {
  linear: { share: 248, shape: (n: number): Shape => finished("fault_linear", { n }, { one: n, two: n, three: n }) },
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
    shape: (n: number): Shape => finished("fault_slow_process", { n, ms: 4_500 }, { one: n }),
  },
  /** Long enough for its start to be told apart from its result. */
  started: { share: 0, shape: (n: number): Shape => finished("fault_slow", { n, ms: 1_400 }, { one: n }) },
  poison: {
    share: 2,
    shape: (n: number): Shape => quarantined("fault_poison", n, { code: "WORKER_LOST" }),
  },
  /** Their first attempts are endless loops: their threads and processes are ended at the time limit. */
  stuck: {
    share: 10,
    shape: (n: number): Shape => failing(finished("fault_stuck", { n }, { one: n, two: n }), "TIMEOUT_ERROR"),
  },
  /** Longer than a worker that was told to stop waits for its tasks. */
  stuck_long: {
    share: 0,
    shape: (n: number): Shape => failing(finished("fault_stuck_long", { n }, { one: n }), "TIMEOUT_ERROR"),
  },
  stuck_cancelled: {
    share: 8,
    shape: (n: number, chance: Chance): Shape => ({
      blueprint: "fault_stuck_cancelled",
      input: { n },
      expect: { status: "cancelled" },
      cancelAfterMs: chance.between(50, 2_500),
    }),
  },
  /** Their first attempts end their thread or process, one of them when its work was done. */
  crash: {
    share: 10,
    shape: (n: number): Shape =>
      failing(finished("fault_crash", { n }, { one: n, two: n, three: n }), "INTERNAL_ERROR"),
  },
  /** All of their attempts do, and their worker lives on. */
  poison_thread: {
    share: 2,
    shape: (n: number): Shape =>
      failing(quarantined("fault_poison_thread", n, { code: "INTERNAL_ERROR" }), "INTERNAL_ERROR"),
  },
  poison_process: {
    share: 2,
    shape: (n: number): Shape =>
      failing(quarantined("fault_poison_process", n, { code: "INTERNAL_ERROR" }), "INTERNAL_ERROR"),
  },
} satisfies Record<string, { share: number; shape: (n: number, chance: Chance) => Shape }>;

function finished(blueprint: string, input: Record<string, unknown>, result: unknown): Shape {
  return { blueprint, input, expect: { status: "finished", result } };
}

function quarantined(blueprint: string, n: number, rest: Pick<Shape["expect"], "code">): Shape {
  return { blueprint, input: { n }, expect: { status: "quarantined", ...rest } };
}

function failing(shape: Shape, ...failures: string[]): Shape {
  return { ...shape, expect: { ...shape.expect, failures } };
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
