import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "@/test/support/system";

/** What clients saw who started jobs and looked at them, one call after the other. */
export interface LoadReport {
  calls: number;
  /** Answers below 500. */
  succeeded: number;
  /** Status → how often; 0 stands for no answer. */
  failures: Map<number, number>;
  /** Of the refusals with 503, how many seconds they asked to wait, at most. */
  longestRetryAfterS: number;
  /** Idempotency key → the job that its caller was told of. */
  jobs: Map<string, string>;
}

export interface Load {
  readonly report: LoadReport;
  /** Jobs acknowledged so far. */
  readonly started: number;
  /** Ends it. Keys without an answer are sent again until they have one, without being counted. */
  stop(): Promise<LoadReport>;
}

/**
 * `clients` callers, spread over the systems; each starts a job under a key of its own, then reads it, every `everyMs`. A
 * call that fails is counted as such, and its key comes again with the next.
 */
export function startLoad(systems: System[], { clients, everyMs }: { clients: number; everyMs: number }): Load {
  const report: LoadReport = { calls: 0, succeeded: 0, failures: new Map(), longestRetryAfterS: 0, jobs: new Map() };
  let stopped = false;

  async function call(system: System, method: string, path: string, body?: unknown, key?: string) {
    const headers = key ? { "idempotency-key": key } : undefined;
    const answer = await system.api(method, path, body, headers).catch(() => null);
    if (!stopped) {
      report.calls += 1;
      if (answer && answer.status < 500) report.succeeded += 1;
      else report.failures.set(answer?.status ?? 0, (report.failures.get(answer?.status ?? 0) ?? 0) + 1);
    }
    const retryAfterS = answer?.status === 503 ? Number(answer.headers.get("retry-after") ?? Number.NaN) : 0;
    report.longestRetryAfterS = Math.max(report.longestRetryAfterS, retryAfterS);
    return answer;
  }

  async function client(index: number): Promise<void> {
    const system = systems[index % systems.length] as System;
    for (let number = 0; ; number += 1) {
      const key = `client-${index}-${number}`;
      let jobId: string | undefined;
      while (jobId === undefined) {
        const answer = await call(system, "POST", "/api/v1/jobs/urgent_first", { initial_data: { text: key } }, key);
        if (answer && answer.status >= 300 && answer.status < 500) {
          throw new Error(`a job was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
        }
        if (answer && answer.status < 300) jobId = answer.body.job_id as string;
        await sleep(everyMs);
      }
      report.jobs.set(key, jobId);
      if (stopped) return;
      await call(system, "GET", `/api/v1/jobs/${jobId}`);
      await sleep(everyMs);
      if (stopped) return;
    }
  }

  const running = Array.from({ length: clients }, (_, index) => client(index));
  return {
    report,
    get started() {
      return report.jobs.size;
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
      return report;
    },
  };
}
