import type { JobKind } from "./workload";

/** A change of one source file in the bundles of the fault run. `find` must stand in it exactly once. */
export interface Patch {
  file: string;
  find: string;
  replace: string;
}

/** Waits and leases of ten seconds or more, which would be most of a run: shorter, as the workers' lease is. */
export const SHORT_WAITS: Patch[] = [
  ...["server/turn/partitions.ts", "server/turn/handler-lease.ts"].flatMap((file): Patch[] => [
    { file, find: "const TTL_MS = 10_000;", replace: "const TTL_MS = 3_000;" },
    { file, find: "const TICK_MS = 2_000;", replace: "const TICK_MS = 700;" },
  ]),
  {
    file: "server/store/commit-blocks.ts",
    find: "ANNOUNCE_CHECK_MS = 30_000",
    replace: "ANNOUNCE_CHECK_MS = 6_000",
  },
  {
    file: "server/workers/remote-workers.ts",
    find: "const UNKNOWN_AFTER_MS = 10_000;",
    replace: "const UNKNOWN_AFTER_MS = 3_000;",
  },
  { file: "server/turn/dispatch/dispatcher.ts", find: "HOLDER_TTL_MS = 5_000", replace: "HOLDER_TTL_MS = 3_000" },
  { file: "server/turn/dispatch/dispatcher.ts", find: "RENEW_EVERY_MS = 1_500", replace: "RENEW_EVERY_MS = 700" },
  { file: "server/turn/announce-check.ts", find: "CHECK_AGAIN_MS = 30_000", replace: "CHECK_AGAIN_MS = 6_000" },
  { file: "server/queue/open-receipts.ts", find: "ABANDONED_AFTER_MS = 30_000", replace: "ABANDONED_AFTER_MS = 6_000" },
];

/** The name that stands for no bug: such a run must find nothing. */
export const NO_PLANT = "none";

/** A bug that the run must find, what it breaks, and the kill point that brings it out. */
export interface Plant {
  says: string;
  patches: Patch[];
  /** Armed again and again in engines. */
  faultAt: string | null;
  expects: "lost" | "stuck" | "double";
  /** Jobs that it shows in; without them, some of all. */
  kinds?: JobKind[];
}

/** What the run without a bug is broken by, in turn: all that brings the bugs out. */
export const CONTROL_FAULTS = [
  "submit.before_commit:2:exit",
  "outbox.before_xadd:3:exit",
  "turn.before_commit:25:exit",
  "dispatch.after_place:3:exit",
];

export const PLANTS: Record<string, Plant> = {
  "no-fence-check": {
    says: "a result counts although its attempt is over",
    expects: "double",
    faultAt: null,
    kinds: ["transient"],
    patches: [
      {
        file: "server/engine/on-task-report.ts",
        find: "  if (!task || task.fence !== named.fence) return null;",
        replace: "  if (!task) return null;",
      },
    ],
  },
  "ack-before-commit": {
    says: "a submission is acknowledged before it is committed",
    expects: "lost",
    faultAt: "submit.before_commit:2:exit",
    patches: [
      {
        file: "server/turn/submit-batch.ts",
        find: `  faultPoint("submit.before_commit");`,
        replace: `  for (const one of batch) one.resolve({ jobId: one.job.id, created: true, conflict: false });
  await new Promise((resolve) => setTimeout(resolve, 30));
  faultPoint("submit.before_commit");`,
      },
    ],
  },
  "reconciler-off": {
    says: "nobody looks for announcements that got lost",
    expects: "stuck",
    faultAt: "outbox.before_xadd:3:exit",
    patches: [
      {
        file: "server/turn/announce-check.ts",
        find: "  if (tasks.length === 0) return;",
        replace: "  if (tasks.length >= 0) return;",
      },
    ],
  },
  "no-idempotency": {
    says: "a key is forgotten, and the request that is sent again starts another job",
    expects: "double",
    faultAt: null,
    patches: [
      {
        file: "server/store/commit-parameters.ts",
        find: "idempotency?.key ?? null,",
        replace: "null,",
      },
    ],
  },
  "claim-without-guard": {
    says: "a task that waited at a worker and was taken is given to the next poll again",
    expects: "double",
    faultAt: null,
    kinds: ["placed"],
    patches: [
      {
        file: "server/store/claim-placed.ts",
        find: "where t.status = ${placed} and t.worker = x.session",
        replace: "where t.status in (${placed}, ${running}) and t.worker = x.session",
      },
      {
        file: "server/store/claim-placed.ts",
        find: "where t.ctid = k.ctid and t.status = ${placed}",
        replace: "where t.ctid = k.ctid",
      },
    ],
  },
  "ended-is-success": {
    says: "an attempt whose thread or process was ended counts as done",
    expects: "double",
    faultAt: null,
    kinds: ["linear", "stuck", "crash"],
    patches: [
      {
        file: "server/worker/run-task.ts",
        find: "return { ...outcomeOfFault(fault, timeoutMs),",
        replace: `return { outcome: "success", data: { one: 1 },`,
      },
    ],
  },
  "death-unseen": {
    says: "a process that fell over is not told of, and its task waits for it",
    expects: "stuck",
    faultAt: null,
    kinds: ["linear", "crash"],
    patches: [
      {
        file: "server/worker/bridge/pool/slot.ts",
        find: `for (const run of runs) this.giveUp(run, exit.abandoned ? "abandoned" : "killed", exit);`,
        replace: 'if (this.killReason !== "crash") for (const run of runs) this.giveUp(run, "killed", exit);',
      },
    ],
  },
  "result-of-the-last": {
    says: "a thread or process hands the result of its last task to the next one of that type",
    expects: "double",
    faultAt: null,
    kinds: ["fan_out", "linear"],
    patches: [
      {
        file: "server/worker/bridge/child/task-runs.ts",
        find: "      result = runner(message.input, context);",
        replace: `      const code = codeKey(message.code);
      const kept = lastResults.get(code);
      result = kept ?? runner(message.input, context);
      lastResults.set(code, result);`,
      },
      {
        file: "server/worker/bridge/child/task-runs.ts",
        find: "const SAMPLE_EVERY_MS = 20;",
        replace: "const lastResults = new Map<string, Promise<string> | string>();\nconst SAMPLE_EVERY_MS = 20;",
      },
    ],
  },
};
