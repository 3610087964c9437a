import { execSync, spawn } from "node:child_process";
import { parentPort, threadId } from "node:worker_threads";
import type { SlotContext } from "@/server/worker/bridge/slot-context";

// Tasks that any executor can load: each export bears its name. They are run in threads and processes of their own.

function task<I>(name: string, run: (input: I, context: SlotContext) => unknown) {
  return { name, run: (input: unknown, context: SlotContext) => run(input as I, context) };
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export const echo = task("echo", (input: unknown) => input);
export const nothing = task("nothing", () => undefined);
export const place = task("place", () => ({ threadId, pid: process.pid, env: process.env.BRIDGE_SECRET ?? null }));
export const nap = task("nap", async ({ ms }: { ms: number }) => {
  await sleep(ms);
  return "rested";
});
/** Ends when it is told to. */
export const obedient = task("obedient", async (_input: unknown, { signal }) => {
  await sleep(60_000, signal);
});
/** Ends in peace, with a value, when it is told to. */
export const polite = task("polite", async (_input: unknown, { signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return (signal.reason as Error).message;
});
/** Hears nothing, and waits. */
export const deaf = task("deaf", () => sleep(60_000));
export const nested = task("nested", async (steps: number[]) => {
  const seen: number[] = [];
  for (const step of steps) {
    await sleep(1);
    seen.push(step);
  }
  return seen;
});

export class PaymentRefused extends Error {
  override readonly name = "PaymentRefused";
  readonly code = "CARD_EXPIRED";
  readonly details = { card: { last4: "4242", months: [1, 2] } };
}
export const failing = task("failing", () => {
  throw new PaymentRefused("the card has expired", { cause: new RangeError("month 13", { cause: new Error("root") }) });
});
export const ownTimeout = task("ownTimeout", () => {
  throw Object.assign(new Error("the upstream took too long"), { name: "TimeoutError" });
});
export const throwsText = task("throwsText", () => {
  throw "just text";
});
export const talkative = task("talkative", (_input: unknown, { log, progress }) => {
  log({ level: "warn", message: "careful", fields: { depth: 3 } });
  progress(0.5, "half");
  return "said";
});
export const printing = task("printing", () => {
  console.log("printed %d", 7);
  console.error("wrong");
  process.stdout.write("raw\n");
  return "printed";
});
export const flooding = task("flooding", (count: number, { log }) => {
  for (let line = 0; line < count; line++) log({ level: "info", message: `line ${line}` });
});
export const asking = task("asking", async ({ method, argument }: { method: string; argument: unknown }, { call }) => {
  return JSON.parse(await call(method, JSON.stringify(argument)));
});
export const told = task("told", (_input: unknown, { id, contextText, traceparent }) => ({
  id,
  contextText,
  traceparent,
}));

export const counts = task("counts", ({ rows }: { rows: number }, { progress }) => {
  for (let row = 1; row <= rows; row++) progress(row / rows, `row ${row}`);
});
export const endless = task("endless", (_input: unknown, { log }) => {
  log({ level: "info", message: "entering the loop" });
  for (;;);
});
export const endlessRegex = task("endlessRegex", () => /^(a+)+$/.test(`${"a".repeat(60)}b`));
export const nativeSleep = task("nativeSleep", ({ seconds }: { seconds: number }) => {
  execSync(`sleep ${seconds}`);
});
/** Starts a program that heeds no wish to end, says its process id, and hears nothing itself. */
export const begets = task("begets", (_input: unknown, { log }) => {
  const { pid } = spawn("sh", ["-c", "trap '' TERM; while :; do sleep 1; done"], { stdio: "ignore" });
  log({ level: "info", message: String(pid) });
  for (;;);
});
export const throwsLater = task("throwsLater", () => {
  setTimeout(() => {
    throw new Error("after the end");
  }, 5);
  return "returned";
});
export const rejectsLater = task("rejectsLater", () => {
  Promise.reject(new Error("nobody caught me"));
  return "returned";
});
/** An error outside of what it awaits, while it runs. */
export const throwsBeside = task("throwsBeside", async () => {
  setTimeout(() => {
    throw new Error("beside the task");
  }, 1);
  await sleep(60_000);
});
export const exits = task("exits", async ({ code }: { code: number }) => {
  process.exit(code);
});
export const exitsLater = task("exitsLater", () => {
  setTimeout(() => process.exit(3), 5);
  return "returned";
});
/** Speaks on the line between slot and executor as if it were the slot. */
export const forges = task("forges", async () => {
  const send = (message: unknown) => (parentPort ? parentPort.postMessage(message) : process.send?.(message));
  for (const message of ["hello", null, 7, { kind: "nonsense", run: 1 }, { kind: "ok", run: 99_999, output: "1" }])
    send(message);
  await sleep(50);
  return "honest";
});
export const bigInt = task("bigInt", () => ({ rows: [{ amount: 1 }, { amount: 2n }] }));
export const cyclic = task("cyclic", () => {
  const a: Record<string, unknown> = { name: "a" };
  a.self = { back: a };
  return a;
});
export const functionResult = task("functionResult", () => ({ callback: () => 1 }));
export const largeResult = task("largeResult", ({ bytes }: { bytes: number }) => "x".repeat(bytes));
export const fillsHeap = task("fillsHeap", () => {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(10_000).fill(kept.length));
});
export const fillsBuffers = task("fillsBuffers", async ({ mb }: { mb: number }) => {
  const kept: Buffer[] = [];
  for (let at = 0; at < mb; at += 10) {
    kept.push(Buffer.alloc(10 * 1024 * 1024, 1));
    await sleep(5);
  }
  await sleep(60_000);
  return kept.length;
});
const leaked: unknown[] = [];
export const leaks = task("leaks", () => {
  leaked.push(new Array(131_072).fill(leaked.length + 0.5));
  return leaked.length;
});
