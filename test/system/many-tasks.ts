import { expect } from "vitest";
import type { HistoryRow } from "@/test/support/system";

/** Fans out one `demo_sleep` per number in `initial_data.times` and gives all results back. */
export const manyTasks = {
  name: "many_tasks",
  states: {
    spread: {
      type: "parallel",
      start: true,
      for_each: "${initial_data.times}",
      task: { task_type: "demo_sleep", params: { ms: "${item}" } },
      aggregate_into: "gather",
      transitions: { failure: "failed" },
    },
    gather: { type: "set", values: { results: "${aggregation_list}" }, to: "done" },
    done: { type: "end", outcome: "success", result: { results: "${state_history.results}" } },
    failed: { type: "end", outcome: "failure" },
  },
};

/** `count` sleeps of about `ms`, each of its own length: a result says which branch it is of. */
export function differentTimes(count: number, ms: number): number[] {
  return Array.from({ length: count }, (_, index) => ms + index);
}

/** Every branch finished exactly once, and the aggregate got each result once, in order. */
export function expectCountedOnce(history: HistoryRow[], job: { result: unknown }, times: number[]): void {
  const fanOut = history.find((event) => event.event_type === "tasks_fanned_out");
  const finished = history.filter((event) => event.event_type === "task_finished").map((event) => event.data.n);
  const branches = times.map((_, branch) => fanOut?.data.n0 + branch);
  expect(finished.toSorted((a, b) => a - b)).toEqual(branches);
  expect(history.filter((event) => event.event_type === "tasks_aggregated")).toHaveLength(1);
  const { results } = job.result as { results: { data: { slept_ms: number } }[] };
  expect(results.map((result) => result.data.slept_ms)).toEqual(times);
}

/** Numbered 1, 2, 3 … up to the job's version, begun and ended once. */
export function expectWhole(history: HistoryRow[], job: { version: number }): void {
  expect(history.map((event) => event.seq)).toEqual(Array.from({ length: job.version }, (_, index) => index + 1));
  expect(history.filter((event) => event.event_type === "job_created")).toHaveLength(1);
  expect(history.filter((event) => event.event_type === "job_completed")).toHaveLength(1);
}
