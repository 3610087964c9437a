import { isDeepStrictEqual } from "node:util";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import type { DrivenCall } from "./drive";
import type { JobRow, Verdict } from "./finding";
import type { Fleet } from "./fleet";

/** Calls of skills: each answer is that of its own job, and every job of a call that was made ends. */
export function judgeCalls(calls: DrivenCall[], rows: Map<string, JobRow>, verdict: Verdict): void {
  const jobs = [...rows.values()].filter(({ name }) => name === SINGLE_TASK_BLUEPRINT);
  const complain = (kind: "lost" | "stuck" | "double", job: string | null, what: string) =>
    verdict.faults.push({ kind, job, what: `call ${job}: ${what}` });
  if (jobs.length > calls.length) complain("double", null, `${jobs.length} jobs for ${calls.length} calls`);
  const answered = new Set<string>();
  for (const { jobId, value, data, error } of calls) {
    if (jobId === null) continue;
    if (answered.has(jobId)) complain("double", jobId, "is the answer to two calls");
    answered.add(jobId);
    if (!rows.has(jobId)) complain("lost", jobId, "was answered and does not exist");
    // A call whose workers were killed again and again is told so.
    if (error === null && !isDeepStrictEqual(data, { called: value }))
      complain("double", jobId, `was answered with ${JSON.stringify(data)}, not ${value}`);
  }
  for (const { id, status } of jobs) {
    if (status < JOB_STATUS.quarantined.code) complain("stuck", id, `is ${status}`);
  }
}

/** What the dispatcher placed is given once under each fence, also where answers were lost and polls sent again. */
export function judgeHandOuts(fleet: Fleet, verdict: Verdict): void {
  const begun = new Map<string, number>();
  for (const { what, attempt, type } of fleet.ledger())
    if (what === "start" && type === "fault_gpu") begun.set(attempt, (begun.get(attempt) ?? 0) + 1);
  for (const [attempt, count] of begun) {
    const what = `the placed attempt ${attempt} was begun ${count} times`;
    if (count > 1) verdict.faults.push({ kind: "double", job: attempt.slice(0, 36), what });
  }
}

/** An event that was told again, by whatever way, counts once. */
export async function judgeEvents(fleet: Fleet, verdict: Verdict): Promise<void> {
  const { rows } = await fleet.database.pool.query<{ job_id: string; event_id: string; n: number }>(
    `select job_id, data->>'event_id' as event_id, count(*)::int as n from events
     where kind = $1 group by 1, 2 having count(*) > 1`,
    [EVENT_KIND.worker_event],
  );
  for (const { job_id: job, event_id: id, n } of rows)
    verdict.faults.push({ kind: "double", job, what: `the event ${id} counted ${n} times` });
}

/** Every job of the client with a quota is counted; a process that dies may leave one counted that was not made. */
export async function judgeQuota(fleet: Fleet, verdict: Verdict): Promise<void> {
  const { rows } = await fleet.database.pool.query<{ used: number; jobs: number }>(
    `select coalesce((select sum(u.used) from client_usage u where u.client_id = c.id), 0)::int as used,
       (select count(*) from jobs j where j.client_id = c.id)::int as jobs
     from clients c where c.monthly_attempts is not null`,
  );
  const [count] = rows;
  if (!count) return;
  const what = `${count.used} jobs are counted in the quota of a client that has ${count.jobs}`;
  if (count.used < count.jobs) verdict.faults.push({ kind: "lost", job: null, what });
}
