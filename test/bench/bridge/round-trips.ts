import { Piscina } from "piscina";
import { createSyncFn } from "synckit";
import { runAsyncTask } from "@/server/worker/bridge/bridge";
import { createThreadExecutor } from "@/server/worker/bridge/thread-executor";
import { benchTasks, builtPath } from "@/test/bench/bridge/built";
import { startRawEcho } from "@/test/bench/bridge/raw-echo";
import { median, quantile } from "@/test/bench/figure";

/** One way to have a thread answer; `microseconds` of each round. */
interface Contender {
  name: string;
  call(input: { n: number; text: string }): unknown;
  rounds: number[][];
}

export interface RoundTrips {
  rows: { name: string; p50: number; p95: number; p99: number }[];
  /** Median over the rounds of how many times the other's p50 ours is. */
  ratio(ours: string, other: string): number;
}

const ROUNDS = 15;
const CALLS = 300;

export async function measureRoundTrips(say: (line: string) => void): Promise<RoundTrips> {
  const { contenders, close } = await openContenders();
  try {
    for (const contender of contenders) await measure(contender, 300);
    for (const contender of contenders) contender.rounds.length = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // Each begins once as the first: whoever comes after a pause of the machine should not always be the same.
      const order = [...contenders.slice(round % contenders.length), ...contenders.slice(0, round % contenders.length)];
      for (const contender of order) await measure(contender, CALLS);
    }
    say(`  ${ROUNDS} rounds of ${CALLS} calls each, interleaved`);
  } finally {
    await close();
  }
  const p50 = (name: string) =>
    contenders.find((each) => each.name === name)?.rounds.map((round) => quantile(round, 0.5)) ?? [];
  return {
    rows: contenders.map(({ name, rounds }) => {
      const all = rounds.flat();
      return { name, p50: quantile(all, 0.5), p95: quantile(all, 0.95), p99: quantile(all, 0.99) };
    }),
    ratio: (ours, other) => {
      const others = p50(other);
      return median(p50(ours).map((value, round) => value / (others[round] ?? Number.NaN)));
    },
  };
}

async function measure(contender: Contender, calls: number): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < calls; n++) {
    const input = { n, text: "a small payload" };
    const began = performance.now();
    const answer = contender.call(input);
    const given = answer instanceof Promise ? await answer : answer;
    times.push((performance.now() - began) * 1000);
    const text = typeof given === "string" ? JSON.parse(given) : given;
    if (text?.n !== n) throw new Error(`${contender.name} answered ${JSON.stringify(given)} to ${n}`);
  }
  contender.rounds.push(times);
}

async function openContenders(): Promise<{ contenders: Contender[]; close(): Promise<void> }> {
  const { echo } = await benchTasks();
  const raw = startRawEcho();
  const piscina = new Piscina({ filename: builtPath("echo-piscina"), minThreads: 1, maxThreads: 1, execArgv: [] });
  const synckit = createSyncFn(builtPath("echo-synckit")) as (input: unknown) => unknown;
  const executor = createThreadExecutor({ slots: 1, maxTasksPerSlot: 1_000_000, execArgv: [] });
  const task = { name: echo.name, module: echo.module, exportName: null };
  const execute = (input: unknown) =>
    executor.execute({ id: "bench", task, input: JSON.stringify(input), timeoutMs: 60_000 }).result;
  const contender = (name: string, call: Contender["call"]): Contender => ({ name, call, rounds: [] });
  return {
    contenders: [
      contender("raw Atomics + MessagePort", (input) => raw.call(input)),
      contender("runAsyncTask, blocking", (input) => runAsyncTask(echo, input, { timeoutMs: 60_000 })),
      contender("synckit", synckit),
      contender("raw postMessage", (input) => raw.callAsync(input)),
      contender("thread executor", execute),
      contender("piscina, without signal", (input) => piscina.run(input)),
      contender("runAsyncTask.async", (input) => runAsyncTask.async(echo, input, { timeoutMs: 60_000 })),
    ],
    async close() {
      await Promise.all([raw.close(), piscina.destroy(), executor.close({ drainMs: 0 })]);
    },
  };
}
