import type { JobCan, JobDetail, JobProgress, JobRow, JobTask } from "@/lib/api/job";
import type { ContextSnapshot, DetailedJob, JobAnswer, JobListItem } from "@/lib/api/job-answer";
import { attemptIdOf } from "@/lib/job-event";
import type { JobStatus } from "@/lib/job-status";
import type { Caller } from "@/server/clients/caller";
import type { Job } from "@/server/engine/job";
import type { JobDetailMore } from "@/server/store/reads/job-detail";

/** Our members of a job, and beside them those that clients of the reference read. */

type Shown = Pick<
  JobRow,
  "job_id" | "status" | "blueprint_name" | "state" | "updated_at" | "parent_id" | "progress" | "error"
>;

/** A line of the list. */
export function listItemOf(row: JobRow, caller: Caller): JobListItem {
  const { job_id: id, state, error } = row;
  return { ...row, id, current_state: state, error_message: error?.message ?? null, ...beside(row, caller) };
}

/** The whole job, with what the caller may do with it. */
export function jobAnswerOf(
  found: { detail: Omit<JobDetail, "can">; more: JobDetailMore },
  can: JobCan,
  caller: Caller,
): JobAnswer {
  const { detail, more } = found;
  return { ...detail, can, ...beside(detail, caller), child_job_id: more.child_job_id };
}

function beside(row: Shown, caller: Caller) {
  return {
    progress: caller.kind === "client" ? fractionOf(row.progress) : row.progress,
    progress_detail: row.progress,
    timestamp: row.updated_at,
    parent_job_id: row.parent_id,
    context_snapshot: snapshotOf(row.job_id, row.blueprint_name, {
      status: row.status,
      state: row.state,
      error: row.error,
    }),
  };
}

/** 0…1; null where nothing is known of it. */
function fractionOf(progress: JobProgress | null): number | null {
  if (!progress) return null;
  return progress.total > 0 ? Number((progress.done / progress.total).toFixed(4)) : 0;
}

/** The job in few words. */
export function snapshotOf(
  id: string,
  blueprint: string,
  job: { status: JobStatus; state: string; error: { message: string } | null },
): ContextSnapshot {
  return {
    id,
    job_id: id,
    status: job.status,
    blueprint_name: blueprint,
    current_state: job.state,
    error_message: job.error?.message ?? null,
  };
}

/** What only detailed answers have: of the job as its events make it, and of its open tasks. */
export function detailsOf(job: Job, tasks: readonly JobTask[], more: JobDetailMore): DetailedJob {
  const single = tasks.find((task) => task.branch === null) ?? null;
  const branches = tasks.filter((task) => task.branch !== null);
  const dueOf = (running: boolean) =>
    single?.due_at && (single.status === "running") === running ? single.due_at : null;
  const results = (job.fanOut?.results ?? []).flatMap((result, index) => (result ? [[String(index), result]] : []));
  return {
    initial_data: job.input,
    state_history: job.stateHistory,
    tracing_context: more.trace,
    dispatch_timeout: more.dispatch_timeout,
    result_timeout: more.result_timeout,
    retry_count: single ? Math.max(0, single.attempt - 1) : job.handlerFailures,
    transition_count: job.transitions,
    current_task_id: single && attemptOf(single),
    current_task_info: single && {
      type: single.task_type,
      status: single.status,
      attempt: single.attempt,
      priority: single.priority,
    },
    task_worker_id: single?.worker ?? null,
    assigned_worker_id: single?.worker ?? null,
    dispatch_deadline: single?.status === "queued" ? dueOf(false) : null,
    result_deadline: dueOf(true) ?? single?.deadline_at ?? null,
    aggregation_target: job.fanOut?.aggregateInto ?? null,
    active_branches: branches.map(attemptOf),
    aggregation_results: Object.fromEntries(results),
  };
}

function attemptOf({ task_id, no, fence }: JobTask): string {
  const [job = ""] = task_id.split(".");
  return attemptIdOf(job, no, fence);
}

/** `id` and `job_id` are always there, as in the reference; unknown names are ignored. */
export function withFields(job: JobAnswer, fields: string | undefined): JobAnswer {
  if (fields === undefined) return job;
  const wanted = new Set(["id", "job_id", ...fields.split(",").map((word) => word.trim())]);
  return Object.fromEntries(Object.entries(job).filter(([name]) => wanted.has(name))) as JobAnswer;
}
