import type { Context } from "hono";
import { attemptIdOf } from "@/lib/job-event";
import type { JsonValue } from "@/lib/json";
import type { HandedTask } from "@/server/workers/waiting-polls";
import { connectionOf } from "./connection";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readSkillFilter } from "./read-registration";

/** `GET /workers/{id}/tasks/next`: holds the request until there is a task (200) or the time is over (204). */
export async function nextTask(c: Context, worker: string, deps: WorkerProtocolDeps): Promise<Response> {
  const session = await deps.workers.present(worker);
  const types = readSkillFilter(c.req.query("available_skills")) ?? session.skills;
  const connection = connectionOf(c);
  const staying = setInterval(() => {
    deps.workers
      .present(worker)
      .catch((error: unknown) => deps.log.warn("could not renew a worker", { worker, error }));
  }, deps.leaseMs / 3);
  const task = await deps.handOut
    .next({
      worker,
      sessionId: session.id,
      types: new Set(types),
      waitMs: waitMsOf(c.req.query("timeout"), deps.pollMs),
      signal: connection.gone,
    })
    .finally(() => clearInterval(staying));
  if (!task) return c.body(null, 204);
  const payload = await payloadOf(task, deps);
  if (!payload) return c.body(null, 204);
  connection.onUnsent(() => deps.handOut.giveBack(task));
  return c.body(payload, 200, { "content-type": "application/json" });
}

/** `timeout` is in seconds and may be a fraction; what is no number asks for the longest hold. */
function waitMsOf(timeout: string | undefined, mostMs: number): number {
  const seconds = timeout === undefined || timeout === "" ? Number.NaN : Number(timeout);
  return Number.isFinite(seconds) ? Math.max(0, Math.min(seconds * 1000, mostMs)) : mostMs;
}

/** The task as the protocol shows it; null when it is gone meanwhile. */
async function payloadOf(task: HandedTask, deps: WorkerProtocolDeps): Promise<string | null> {
  const { message } = task;
  let params = message.params;
  if (params === null) {
    const stored = await storedParams(task, deps);
    if (stored === undefined) return null;
    params = JSON.stringify(stored);
  }
  const nowMs = Date.now();
  // Old workers refuse fractions in `deadline` and `timestamp`.
  const head = JSON.stringify({
    job_id: message.jobId,
    task_id: attemptIdOf(message.jobId, message.no, message.fence),
    type: message.type,
    tracing_context: {},
    priority: message.priority,
    ...(message.timeoutMs === null ? {} : { deadline: Math.ceil((nowMs + message.timeoutMs) / 1000) }),
    metadata: {
      attempt: message.attempt,
      idempotency_key: `${message.jobId}.${message.no}`,
      blueprint: message.blueprint,
    },
    timestamp: Math.floor(nowMs / 1000),
  });
  // The params are JSON text already.
  return `${head.slice(0, -1)},"params":${params === "null" ? "{}" : params}}`;
}

async function storedParams(task: HandedTask, deps: WorkerProtocolDeps): Promise<JsonValue | undefined> {
  try {
    return await deps.taskParams(task.message.jobId, task.message.no);
  } catch (error) {
    deps.handOut.giveBack(task);
    throw error;
  }
}
