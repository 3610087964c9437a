import { isTerminal } from "@/lib/job-status";
import type { Job } from "@/server/engine/job";
import type { Signal } from "@/server/engine/signal";

/** Why an open job will move again, or why people must move it; null: it is stranded. */
export function wakesOf(job: Job): string | null {
  if (job.paused) return "paused";
  if (job.status === "quarantined") return "quarantined";
  if ([...job.tasks.values()].some((task) => task.phase !== "held")) return "a task";
  if (job.approval) return "people";
  if (job.child) return "a child";
  if (job.wait && (job.wait.signal !== null || job.timers.has("wait"))) return "a wait";
  return job.timers.has("handler") ? "a handler" : null;
}

/** What a standing job should not have any more. */
export function leftOpen(job: Job): string[] {
  if (!isTerminal(job.status) && job.status !== "quarantined") return [];
  const { tasks, timers, fanOut, approval, wait, child, paused, deferred } = job;
  const open = { tasks: tasks.size > 0, timers: timers.size > 0, fanOut, approval, wait, child, paused, deferred };
  return Object.entries(open).flatMap(([name, value]) => (value ? [name] : []));
}

/** The next good thing that can happen to an open job: everybody does their part. Null when nobody has one. */
export function goodNews(job: Job): Signal | null {
  const jobId = job.id;
  const by = { kind: "operator", id: "helper" } as const;
  if (job.paused) return { kind: "resume", jobId, by };
  if (job.status === "quarantined") return { kind: "give_up", jobId, by };
  const task = [...job.tasks.values()].find(({ phase }) => phase !== "held");
  if (task?.phase === "retry") return { kind: "task_due", jobId, no: task.no, fence: task.fence, reason: "retry" };
  if (task) {
    const { no, fence } = task;
    return { kind: "task_result", jobId, no, fence, worker: "w", outcome: "success", data: { k: 1 } };
  }
  if (job.approval) return decision(job);
  if (job.child) {
    return { kind: "child_ended", jobId, no: job.child.no, child: job.child.id, status: "finished", result: 1 };
  }
  if (job.wait?.signal) return { kind: "signal_sent", jobId, name: job.wait.signal, by };
  if (job.wait) return { kind: "timer_fired", jobId, key: "wait" };
  const handler = job.timers.get("handler");
  if (handler?.kind === "handler_retry") return { kind: "timer_fired", jobId, key: "handler" };
  if (!handler) return null;
  const action = { type: "transition_to", to: "won" } as const;
  return { kind: "handler_returned", jobId, entry: job.entry, action, set: {}, unset: [] };
}

/** Somebody who has not voted yet. */
function decision(job: Job): Signal {
  const { no = 0, votes = [] } = job.approval ?? {};
  const by = { kind: "operator", id: `fresh-${votes.length}-${votes.map((vote) => vote.by.id).join("-")}` } as const;
  return { kind: "approval_decided", jobId: job.id, no, decision: "approved", by };
}
