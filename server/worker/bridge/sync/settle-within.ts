import type { Call } from "./call";

/** Resolves once all of them have their outcome, after `ms` at the latest. */
export function settleWithin(calls: readonly Call[], ms: number): Promise<void> {
  return new Promise((resolve) => {
    let left = calls.length;
    const timer = setTimeout(resolve, ms);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (left === 0) done();
    for (const call of calls) {
      call.onSettled(() => {
        left--;
        if (left === 0) done();
      });
    }
  });
}
