import { closeBridge, defineTask, runAsyncTask } from "batuta/bridge";

// One file for both sides: the program below, and the task that another thread imports from here.

/** Exported, since the thread finds it among this module's exports; functions themselves do not travel. */
export const total = defineTask({
  name: "shop.total",
  module: import.meta.url,
  run: async ({ amounts }: { amounts: number[] }, { signal }) => {
    let sum = 0;
    for (const amount of amounts) {
      signal.throwIfAborted();
      sum += await priceOf(amount);
    }
    return { sum };
  },
});

export const stuck = defineTask({
  name: "shop.stuck",
  module: import.meta.url,
  run: (): never => {
    for (;;) Math.random();
  },
});

function priceOf(amount: number): Promise<number> {
  return new Promise((resolve) => setTimeout(resolve, 10, amount * 2));
}

/** What the program does: it must not run where a thread imports this file, so it is called from another one. */
export async function main(print: (line: string) => void): Promise<void> {
  // Blocks, without `await`: for scripts, command lines, tests, configuration.
  const { sum } = runAsyncTask(total, { amounts: [1, 2, 3] }, { timeoutMs: 5000 });
  print(`blocking: ${sum}`);

  // Starts at once, and is looked at later.
  const handle = runAsyncTask(total, { amounts: [4] }, { fireAndForget: true });
  print(`handle: ${handle.result().sum}`);

  // Where there is an event loop.
  print(`async: ${(await runAsyncTask.async(total, { amounts: [5] })).sum}`);

  // An endless loop is ended for real.
  try {
    runAsyncTask(stuck, undefined, { timeoutMs: 200, graceMs: 200 });
  } catch (error) {
    print(`stuck: ${(error as { code?: string }).code}`);
  }
  await closeBridge({ drainMs: 1000 });
}
