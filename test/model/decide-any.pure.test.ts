import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTerminal } from "@/lib/job-status";
import type { Signal } from "@/server/engine/signal";
import { anyDocument } from "./decide/any-document";
import { AnyJob } from "./decide/any-job";
import { anyStir, signalOf } from "./decide/any-signal";
import { goodNews, leftOpen, wakesOf } from "./decide/wakes";

/** `MODEL_RUNS=20000` for a long run; `MODEL_SEED` repeats one. */
const numRuns = Number(process.env.MODEL_RUNS ?? 800);
const seed = process.env.MODEL_SEED === undefined ? undefined : Number(process.env.MODEL_SEED);

const input = fc.record({
  n: fc.constantFrom<number | string>(1, "one"),
  flag: fc.boolean(),
  items: fc.constantFrom<number[]>([], [1], [1, 2, 3]),
});
const batches = fc.array(fc.array(anyStir, { minLength: 1, maxLength: 3 }), { maxLength: 25 });

describe("any blueprint, any signals", () => {
  it("every change is whole, deciding is pure, the fold agrees, an open job has a reason to wake, and can still end", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(anyDocument, input, batches, (document, data, all) => {
        const job = new AnyJob(document, data);
        const past: Signal[] = [];
        checkStanding(job);
        for (const batch of all) {
          const signals = batch.flatMap((stir) => {
            const signal = signalOf(job.job, stir, past);
            return stir.twice ? [signal, structuredClone(signal)] : [signal];
          });
          job.hear(...signals);
          past.push(...signals);
          checkStanding(job);
        }
        job.checkFold();
        for (const event of job.events) seen.set(event.kind, (seen.get(event.kind) ?? 0) + 1);
        seen.set(job.job.status, (seen.get(job.job.status) ?? 0) + 1);
        bringToEnd(job);
        job.checkFold();
      }),
      { numRuns, seed },
    );
    expect(UNSEEN.filter((name) => !seen.has(name))).toEqual([]);
  }, 600_000);
});

/** Kinds of events and ends that random runs must have come to, else they prove nothing about them. */
const UNSEEN = [
  ...["finished", "failed", "error", "cancelled", "quarantined"],
  ...["task_retry_set", "task_redelivered", "tasks_aggregated", "approval_decided", "approval_expired"],
  ...["approval_escalated", "approval_delegated", "approval_withdrawn", "wait_started", "signal_received"],
  ...["child_started", "child_ended", "job_paused", "job_resumed", "job_retried", "job_requeued", "job_forked"],
  ...["step_completed", "priority_changed", "worker_event", "handler_returned", "handler_failed", "timer_fired"],
];

function checkStanding({ job }: AnyJob): void {
  expect(leftOpen(job), `${job.status} in ${job.state}`).toEqual([]);
  if (isTerminal(job.status)) return;
  expect(wakesOf(job), `${job.status} in ${job.state}: nothing will wake it`).not.toBeNull();
}

/** When everybody does their part, the job ends: by its own states, or by the limit of its transitions. */
function bringToEnd(job: AnyJob): void {
  for (let steps = 0; !isTerminal(job.job.status); steps++) {
    const news = goodNews(job.job);
    expect(news, `${job.job.status} in ${job.job.state}: nobody can do anything`).not.toBeNull();
    expect(steps, `${job.job.status} in ${job.job.state}: no end in sight`).toBeLessThan(400);
    const { verdicts } = job.hear(news as Signal);
    expect(verdicts, JSON.stringify(news)).toMatchObject([{ applied: true }]);
  }
}
