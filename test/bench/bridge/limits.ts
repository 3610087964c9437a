import { setTimeout as delay } from "node:timers/promises";
import { BridgeError, runAsyncTask, type TaskHandle } from "@/server/worker/bridge/bridge";
import { createThreadExecutor } from "@/server/worker/bridge/thread-executor";
import { benchTasks } from "@/test/bench/bridge/built";
import { median, quantile } from "@/test/bench/figure";

/** Microseconds that handing a task over takes, p50. */
export async function measureSubmit(): Promise<number> {
  const { echo } = await benchTasks();
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const handles: TaskHandle<unknown>[] = [];
    for (let n = 0; n < 200; n++) {
      const began = performance.now();
      handles.push(runAsyncTask(echo, { n }, { fireAndForget: true, timeoutMs: 60_000 }));
      times.push((performance.now() - began) * 1000);
    }
    await Promise.all(handles.map((handle) => handle.promise));
  }
  return quantile(times, 0.5);
}

/** Milliseconds until an endless loop with a limit of 200 is ended, and until the call after it has its answer. */
export async function measureKill(): Promise<{ error: number; next: number }> {
  const { echo, spin } = await benchTasks();
  const errors: number[] = [];
  const nexts: number[] = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    try {
      runAsyncTask(spin, undefined, { timeoutMs: 200, graceMs: 200 });
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "TASK_TIMEOUT") throw error;
    }
    const ended = performance.now();
    runAsyncTask(echo, round);
    errors.push(ended - began);
    nexts.push(performance.now() - ended);
  }
  return { error: median(errors), next: median(nexts) };
}

/** The longest time between two beats of 100 ms in this thread, while two others spin for 2 s; the median of three rounds. */
export async function measureHeartbeat(): Promise<number> {
  const longest: number[] = [];
  for (let round = 0; round < 3; round++) longest.push(await longestGap());
  return median(longest);
}

async function longestGap(): Promise<number> {
  const { spin } = await benchTasks();
  const executor = createThreadExecutor({ slots: 2, execArgv: [] });
  const task = { name: spin.name, module: spin.module, exportName: null };
  const gaps: number[] = [];
  let last = performance.now();
  const beat = setInterval(() => {
    gaps.push(performance.now() - last);
    last = performance.now();
  }, 100);
  try {
    const requests = ["a", "b"].map((id) => ({ id, task, input: "null", timeoutMs: 2000, graceMs: 100 }));
    const ends = requests.map((request) => executor.execute(request).result.catch((error) => error));
    await Promise.all(ends);
  } finally {
    clearInterval(beat);
    await executor.close({ drainMs: 0 });
  }
  return Math.max(...gaps);
}

/** Milliseconds that 10,000 sleeps of 100 ms take together. */
export async function measureSleeps(): Promise<number> {
  const { sleep } = await benchTasks();
  await delay(100);
  const began = performance.now();
  const options = { fireAndForget: true, timeoutMs: 60_000 } as const;
  const handles = Array.from({ length: 10_000 }, () => runAsyncTask(sleep, { ms: 100 }, options));
  await Promise.all(handles.map((handle) => handle.promise));
  return performance.now() - began;
}
