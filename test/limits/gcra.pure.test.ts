import fc from "fast-check";
import { expect, test } from "vitest";
import { answerOf, gcra } from "@/server/limits/gcra";
import { createLocalLimitStore } from "@/server/limits/limit-store";

const rate = { limit: 4, periodMs: 1_000 };

/** At each time one request of this cost: what is granted, what may follow at once, when all is back, when to come again. */
const TABLE: [atMs: number, cost: number, granted: number, remaining: number, resetMs: number, retryMs: number][] = [
  [0, 1, 1, 3, 250, 0],
  [0, 1, 1, 2, 500, 0],
  [0, 0, 0, 2, 500, 0],
  [0, 3, 2, 0, 1_000, 250],
  [100, 1, 0, 0, 900, 150],
  [249, 1, 0, 0, 751, 1],
  [250, 1, 1, 0, 1_000, 250],
  [800, 1, 1, 1, 700, 0],
  [5_000, 9, 4, 0, 1_000, 250],
  [6_000, 0, 0, 4, 0, 0],
];

test("the table of a limit of four a second", () => {
  let kept: number | null = null;
  for (const [atMs, cost, granted, remaining, resetMs, retryAfterMs] of TABLE) {
    const { keepMs, ...answer } = gcra(kept, atMs, rate, cost);
    expect(answer).toEqual({ granted, remaining, resetMs, retryAfterMs });
    kept = keepMs;
  }
});

test("a clock that goes back takes nothing away and gives nothing", () => {
  const { keepMs } = gcra(null, 1_000, rate, 4);
  expect(gcra(keepMs, 500, rate, 1)).toMatchObject({ granted: 0, remaining: 0 });
});

test("in no stretch of time is more granted than one burst and what came back meanwhile", () => {
  const requests = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 400 }), cost: fc.integer({ min: 0, max: 9 }) }),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(
      requests,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 10, max: 5_000 }),
      (all, limit, periodMs) => {
        const own = { limit, periodMs };
        let kept: number | null = null;
        let at = 0;
        let granted = 0;
        for (const { afterMs, cost } of all) {
          at += afterMs;
          const answer = gcra(kept, at, own, cost);
          kept = answer.keepMs;
          granted += answer.granted;
          expect(granted).toBeLessThanOrEqual(Math.floor(limit + (at * limit) / periodMs + 0.01));
          // What is said to be possible at a time is possible then.
          expect(gcra(kept, at + answer.retryAfterMs, own, 1).granted).toBe(1);
          expect(gcra(kept, at, own, answer.remaining + 1).granted).toBe(answer.remaining);
          expect(answerOf(kept - at, own, 0).remaining).toBe(answer.remaining);
        }
      },
    ),
  );
});

test("the memory of one process is bounded, and forgets first what says nothing any more", () => {
  let now = 0;
  const store = createLocalLimitStore(() => now);
  const minute = { limit: 1, periodMs: 60_000 };
  store.take("early", minute, 1);
  now = 59_000;
  for (let caller = 0; caller < 20_000; caller++) store.take(`caller ${caller}`, minute, 1);
  expect(store.take("caller 19999", minute, 1).granted).toBe(0);
  expect(store.take("caller 100", minute, 1).granted).toBe(0);
  expect(store.take("early", minute, 1).granted).toBe(1);
});
