import { afterEach, describe, expect, it } from "vitest";
import { BridgeError } from "@/server/worker/bridge/bridge-error";
import { registerError } from "@/server/worker/bridge/error-registry";
import type { Execution, ExecutionRequest, Executor, TaskCode } from "@/server/worker/bridge/executor";
import { PaymentRefused } from "@/test/worker/bridge/fixture-tasks";

/** The limits that the contract sets; an executor adapts them to what it calls them. */
export interface ContractLimits {
  slots?: number;
  maxWaiting?: number;
  maxInputBytes?: number;
  maxResultBytes?: number;
}

export interface ExecutorUnderTest {
  executor: Executor;
  /** How the executor's child finds a task of test/worker/bridge/fixture-tasks.ts, by the name of its export. */
  code(name: string): TaskCode;
}

export interface ExecutorTraits {
  /** What becomes of a task that hears no abort. */
  deafEnds: "killed" | "abandoned";
  /** It runs on another host: it cannot call back, its module is the worker's affair, and nobody here sees it being killed. */
  isFar?: true;
}

export type MakeExecutor = (limits: ContractLimits) => ExecutorUnderTest | Promise<ExecutorUnderTest>;

/** Starting threads and processes takes its time on a busy machine. */
const patience = { timeout: 120_000 };

let lastId = 0;

/** Executes fixture tasks by name, and closes what it opened. */
export function executorBench<Options>(make: (options: Options) => ExecutorUnderTest | Promise<ExecutorUnderTest>) {
  const opened: Executor[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((executor) => executor.close({ drainMs: 0 })));
  });
  return async (options: Options) => {
    const { executor, code } = await make(options);
    opened.push(executor);
    const start = (name: string, input: unknown = null, rest: Partial<ExecutionRequest> = {}): Execution =>
      executor.execute({
        id: `x${++lastId}`,
        task: code(name),
        input: JSON.stringify(input),
        timeoutMs: null,
        ...rest,
      });
    const run = async (name: string, input: unknown = null, rest: Partial<ExecutionRequest> = {}): Promise<unknown> =>
      JSON.parse(await start(name, input, rest).result);
    /** Resolves when the task's code has begun. */
    const startNow = async (name: string, input: unknown = null, rest: Partial<ExecutionRequest> = {}) => {
      let execution: Execution | undefined;
      await new Promise<void>((resolve) => {
        execution = start(name, input, { ...rest, onStarted: resolve });
        // Whoever fails before it begins would keep us waiting.
        execution.result.then(
          () => resolve(),
          () => resolve(),
        );
      });
      return execution as Execution;
    };
    return { executor, start, run, startNow, code };
  };
}

/** What an execution failed with; fails itself when it did not. */
export async function errorOf(execution: Execution | Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const result = "result" in execution ? execution.result : execution;
  const value = await result.then(
    (output) => ({ output }),
    (error: unknown) => error,
  );
  if (!(value instanceof Error)) throw new Error(`it did not fail, but gave ${JSON.stringify(value)}`);
  return value as Error & Record<string, unknown>;
}

/** Holds for every executor, whatever its isolation. */
export function describeExecutor(name: string, make: MakeExecutor, traits: ExecutorTraits): void {
  const open = executorBench(make);

  describe(`${name}: what goes in and comes out`, patience, () => {
    it("gives back the result of a task", async () => {
      const { run } = await open({});
      const input = { text: "ä\u2028😀", list: [1, 2.5, null, true], deep: { er: {} } };
      expect(await run("echo", input)).toEqual(input);
      expect(await run("nothing")).toBeNull();
    });

    it("keeps the order of what a task awaits", async () => {
      const { run } = await open({});
      expect(await run("nested", [3, 1, 2])).toEqual([3, 1, 2]);
    });

    it("hands on id, context and trace", async () => {
      const { run } = await open({});
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const said = await run("told", null, { id: "attempt-1", context: '{"job":1}', traceparent });
      expect(said).toEqual({ id: "attempt-1", contextText: '{"job":1}', traceparent });
      expect(await run("told", null, { id: "attempt-2" })).toEqual({
        id: "attempt-2",
        contextText: "",
        traceparent: "",
      });
    });

    it("tells of start, progress and logs, in order and before the end", async () => {
      const { run } = await open({});
      const told: unknown[] = [];
      const result = await run("talkative", null, {
        onStarted: () => told.push("started"),
        onProgress: (fraction, message) => told.push([fraction, message]),
        onLog: (record) => told.push(record),
      });
      expect(result).toBe("said");
      expect(told).toEqual(["started", { level: "warn", message: "careful", fields: { depth: 3 } }, [0.5, "half"]]);
    });

    it.skipIf(traits.isFar)("answers calls of the task, and refuses them with the very error", async () => {
      const { run, start } = await open({});
      const onCall = async (method: string, argument: string) => {
        if (method === "add") return String(JSON.parse(argument).reduce((sum: number, each: number) => sum + each, 0));
        throw new BridgeError("INVALID_INPUT", `no ${method} here`, { path: "method" });
      };
      expect(await run("asking", { method: "add", argument: [1, 2, 3] }, { onCall })).toBe(6);
      const error = await errorOf(start("asking", { method: "fly", argument: null }, { onCall }));
      expect(error).toMatchObject({ code: "INVALID_INPUT", message: "no fly here", details: { path: "method" } });
      expect(await errorOf(start("asking", { method: "add", argument: [] }))).toMatchObject({ code: "INVALID_TASK" });
    });
  });

  describe(`${name}: what goes wrong in a task`, patience, () => {
    it("comes back with class, code, details, causes and the stack of the task", async () => {
      registerError(PaymentRefused);
      const { start } = await open({});
      const error = await errorOf(start("failing"));
      expect(error).toBeInstanceOf(PaymentRefused);
      expect(error).toMatchObject({ name: "PaymentRefused", message: "the card has expired", code: "CARD_EXPIRED" });
      expect(error.details).toEqual({ card: { last4: "4242", months: [1, 2] } });
      expect(error.stack).toContain("fixture-tasks");
      expect(error.cause).toBeInstanceOf(RangeError);
      expect(error.cause).toMatchObject({ message: "month 13", cause: { message: "root" } });
    });

    it("is the task's own when it is a timeout of its own", async () => {
      const { start } = await open({});
      const error = await errorOf(start("ownTimeout", null, { timeoutMs: 60_000 }));
      expect(error).toMatchObject({ name: "TimeoutError", message: "the upstream took too long" });
      expect(error.code).toBeUndefined();
    });

    it("may be no error at all", async () => {
      const { start } = await open({});
      expect(await errorOf(start("throwsText"))).toMatchObject({ name: "NonErrorThrown", value: "just text" });
    });

    it.each([
      ["bigInt", "rows.1.amount"],
      ["cyclic", /^self\.back/],
      ["functionResult", "callback"],
    ])("may be that its result is no JSON: %s", async (task, path) => {
      const { start, run } = await open({});
      const error = await errorOf(start(task));
      expect(error.code).toBe("RESULT_NOT_SERIALIZABLE");
      expect((error as unknown as BridgeError).details.path).toMatch(path);
      expect(await run("echo", 1)).toBe(1);
    });

    it.skipIf(traits.isFar)("may be that there is no such task, or no such module", async () => {
      const { executor, code, run } = await open({});
      const execute = (task: TaskCode) => errorOf(executor.execute({ id: "x", task, input: "1", timeoutMs: null }));
      expect(await execute(code("unheardOf"))).toMatchObject({ code: "INVALID_TASK" });
      const missing = { name: "echo", module: "file:///nowhere/tasks.mjs", exportName: null };
      const error = await execute(missing);
      expect(error).toMatchObject({ code: "BRIDGE_UNAVAILABLE" });
      expect(error.message).toContain("file:///nowhere/tasks.mjs");
      expect(await run("echo", 1)).toBe(1);
    });
  });

  describeStops(name, open, traits);
  describeLimits(name, open);
  describeClosing(name, open, traits);
}

type Open = ReturnType<typeof executorBench<ContractLimits>>;

function describeStops(name: string, open: Open, traits: ExecutorTraits): void {
  describe(`${name}: a task that is to stop`, patience, () => {
    it("at its time limit ends softly when it listens", async () => {
      const { start, run } = await open({});
      const execution = start("obedient", null, { timeoutMs: 50, graceMs: 60_000 });
      const error = await errorOf(execution);
      expect(error).toBeInstanceOf(BridgeError);
      expect(error).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "soft", limitMs: 50 } });
      // What its code threw then: the reason of the signal.
      expect(error.cause).toMatchObject({ code: "TASK_TIMEOUT" });
      expect(await execution.ended).toBe("ended");
      expect(await run("echo", 1)).toBe(1);
    });

    it.skipIf(traits.isFar)("at its time limit is stopped hard after its grace when it does not", async () => {
      const { start, run, executor } = await open({ slots: 1 });
      const execution = start("deaf", null, { timeoutMs: 50, graceMs: 100 });
      expect(await errorOf(execution)).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard", limitMs: 50 } });
      expect(await execution.ended).toBe(traits.deafEnds);
      expect(executor.stats().kills).toEqual({ timeout: 1 });
      expect(await run("echo", 1)).toBe(1);
    });

    it("far in the future is not stopped now", async () => {
      const { run } = await open({});
      expect(await run("nap", { ms: 50 }, { timeoutMs: 2_200_000_000 })).toBe("rested");
    });

    it("when it is cancelled says why", async () => {
      const { startNow } = await open({});
      const execution = await startNow("obedient", null, { graceMs: 60_000 });
      execution.cancel("not needed any more");
      execution.cancel("another reason");
      const details = { phase: "soft", reason: "not needed any more" };
      expect(await errorOf(execution)).toMatchObject({ code: "TASK_CANCELLED", details });
      expect(await execution.ended).toBe("ended");
    });

    it("is cancelled also when it returns something then", async () => {
      const { startNow } = await open({});
      const execution = await startNow("polite", null, { graceMs: 60_000 });
      execution.cancel("enough");
      expect(await errorOf(execution)).toMatchObject({ code: "TASK_CANCELLED", details: { phase: "soft" } });
    });

    it.skipIf(traits.isFar)("when it is cancelled and does not listen is stopped hard", async () => {
      const { startNow } = await open({});
      const execution = await startNow("deaf", null, { graceMs: 100 });
      execution.cancel("enough");
      expect(await errorOf(execution)).toMatchObject({ code: "TASK_CANCELLED", details: { phase: "hard" } });
      expect(await execution.ended).toBe(traits.deafEnds);
    });

    it("before it began never begins", async () => {
      const { start, startNow, executor } = await open({ slots: 1 });
      const first = await startNow("obedient");
      let began = false;
      const second = start("echo", 1, { onStarted: () => (began = true) });
      expect(executor.stats()).toMatchObject({ waiting: 1, running: 1 });
      second.cancel("too late");
      expect(await errorOf(second)).toMatchObject({ code: "TASK_CANCELLED", details: { reason: "too late" } });
      expect(await second.ended).toBe("ended");
      expect(executor.stats()).toMatchObject({ waiting: 0, running: 1 });
      first.cancel("done");
      await first.ended;
      await errorOf(first);
      expect(began).toBe(false);
    });

    it("after it has ended has ended", async () => {
      const { start } = await open({});
      const execution = start("echo", "x");
      expect(await execution.result).toBe('"x"');
      execution.cancel("late");
      expect(await execution.ended).toBe("ended");
    });
  });
}

function describeLimits(name: string, open: Open): void {
  describe(`${name}: limits`, patience, () => {
    it("run as many at once as there are slots, and a short one beside a long one", async () => {
      const { run, startNow, executor } = await open({ slots: 3 });
      const long = [await startNow("obedient"), await startNow("obedient")];
      expect(await run("echo", "short")).toBe("short");
      expect(executor.stats()).toMatchObject({ running: 2, waiting: 0 });
      for (const execution of long) execution.cancel("done");
      await Promise.all(long.map(errorOf));
    });

    it("do not count waiting as running", async () => {
      const { start, run } = await open({ slots: 1 });
      const first = start("nap", { ms: 1500 });
      expect(await run("nap", { ms: 1 }, { timeoutMs: 1300 })).toBe("rested");
      expect(await first.result).toBe('"rested"');
    });

    it("end the waiting of one that waits too long", async () => {
      const { start, startNow } = await open({ slots: 1 });
      const first = await startNow("obedient");
      const error = await errorOf(start("echo", 1, { queueTtlMs: 30 }));
      expect(error).toMatchObject({ code: "QUEUE_TTL_EXPIRED", details: { limitMs: 30 } });
      first.cancel("done");
      await errorOf(first);
    });

    it("refuse what is too much, with what to do", async () => {
      const { start, startNow, run } = await open({
        slots: 1,
        maxWaiting: 1,
        maxInputBytes: 1000,
        maxResultBytes: 1000,
      });
      expect(await errorOf(start("echo", "ä".repeat(600)))).toMatchObject({ code: "INPUT_TOO_LARGE" });
      expect(await errorOf(start("largeResult", { bytes: 1001 }))).toMatchObject({ code: "RESULT_TOO_LARGE" });
      const running = await startNow("obedient");
      const waiting = start("echo", 1);
      const error = await errorOf(start("echo", 2));
      expect(error).toMatchObject({ code: "BRIDGE_SATURATED", retryable: true, httpStatus: 429 });
      running.cancel("done");
      await errorOf(running);
      expect(await waiting.result).toBe("1");
      expect(await run("echo", 3)).toBe(3);
    });

    it("take many, and lose none", async () => {
      const { run, executor } = await open({ slots: 4 });
      const results = await Promise.all(Array.from({ length: 500 }, (_, index) => run("echo", index)));
      expect(results).toEqual(Array.from({ length: 500 }, (_, index) => index));
      expect(executor.stats()).toMatchObject({ started: 500, running: 0, waiting: 0, kills: {}, unavailable: null });
    });
  });
}

function describeClosing(name: string, open: Open, traits: ExecutorTraits): void {
  describe(`${name}: closing`, patience, () => {
    it("settles everything: what waits, what listens, what does not", async () => {
      const { start, startNow, executor } = await open({ slots: 2 });
      const running = [
        await startNow("obedient", null, { graceMs: 60_000 }),
        await startNow("deaf", null, { graceMs: 100 }),
      ];
      const waiting = Array.from({ length: 98 }, () => start("echo", 1));
      const errors = Promise.all([...running, ...waiting].map(errorOf));
      const ends = traits.isFar ? { cancelled: 100, killed: 0 } : { cancelled: 99, killed: 1 };
      expect(await executor.close({ drainMs: 10 })).toEqual({ finished: 0, ...ends });
      expect((await errors).map(({ code }) => code)).toEqual(Array(100).fill("BRIDGE_CLOSED"));
      expect(executor.slots()).toEqual([]);
    });

    it("lets what runs end within the drain, and takes no more", async () => {
      const { startNow, start, executor } = await open({ slots: 1 });
      const execution = await startNow("nap", { ms: 200 });
      const closing = executor.close({ drainMs: 60_000 });
      expect(await errorOf(start("echo", 1))).toMatchObject({ code: "BRIDGE_CLOSED" });
      expect(await closing).toEqual({ finished: 1, cancelled: 0, killed: 0 });
      expect(await execution.result).toBe('"rested"');
    });

    it("may come twice, and before anything was run", async () => {
      const { executor } = await open({});
      const nobody = { finished: 0, cancelled: 0, killed: 0 };
      expect(await Promise.all([executor.close({ drainMs: 0 }), executor.close({ drainMs: 0 })])).toEqual([
        nobody,
        nobody,
      ]);
    });
  });
}
