import { invalidRequest } from "@/server/errors";
import type { TaskMessage } from "@/server/queue/contract";
import { permittedSkills } from "@/server/workers/auth/identity";
import type { HandedTask } from "@/server/workers/waiting-polls";
import type { Connection } from "./connection";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readSkillFilter } from "./read-registration";
import { taskPayload } from "./task-payload";
import { jsonText, nothing, type WorkerAnswer, type WorkerCall } from "./worker-call";

/** `GET /workers/{id}/tasks/next`: holds the request until there is a task (200) or the time is over (204). */
export async function nextTask(
  call: WorkerCall,
  worker: string,
  deps: WorkerProtocolDeps,
  allowed: ReadonlySet<string> | null,
): Promise<WorkerAnswer> {
  const session = await deps.workers.present(worker);
  const asked = readSkillFilter(call.query("available_skills")) ?? session.skills;
  const types = permittedSkills(asked, allowed).permitted;
  const requestId = requestIdOf(call.query("request_id"));
  const connection = call.connection();
  const again = requestId === undefined ? null : await deps.replay.find(session, requestId);
  if (again) {
    deps.metrics.handedOut.inc({ kind: "again" });
    return answer(again, requestId, connection, deps);
  }
  const leave = deps.presence.waits(worker);
  let task: HandedTask | null;
  try {
    task = await deps.handOut.next({
      worker,
      sessionId: session.id,
      types: new Set(types),
      hot: hotSkillsOf(call.query("hot_skills")),
      waitMs: waitMsOf(call.query("timeout"), deps.pollMs),
      onGone: (callback) => connection.onGone(callback),
      requestId,
    });
  } finally {
    leave();
  }
  if (!task) return nothing();
  deps.metrics.handedOut.inc({ kind: "first" });
  return answer(task, requestId, connection, deps);
}

/** Skills that the worker has warm now; undefined: those that it told before. */
function hotSkillsOf(text: string | undefined): ReadonlySet<string> | undefined {
  return text === undefined ? undefined : new Set(text.split(",").map((name) => name.trim()));
}

async function answer(
  task: HandedTask,
  requestId: string | undefined,
  connection: Connection,
  deps: WorkerProtocolDeps,
): Promise<WorkerAnswer> {
  const payload = await payloadOf(task, deps);
  if (!payload) return nothing();
  connection.onUnsent(() => (requestId === undefined ? deps.handOut.giveBack(task) : deps.replay.keep(task)));
  return jsonText(payload);
}

/** `timeout` is in seconds and may be a fraction; what is no number asks for the longest hold. */
function waitMsOf(timeout: string | undefined, mostMs: number): number {
  const seconds = timeout === undefined || timeout === "" ? Number.NaN : Number(timeout);
  return Number.isFinite(seconds) ? Math.max(0, Math.min(seconds * 1000, mostMs)) : mostMs;
}

function requestIdOf(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[\x21-\x7e]{1,128}$/.test(text)) return text;
  throw invalidRequest("request_id", "must be 1 to 128 printable characters without spaces");
}

/** The task as the protocol shows it; null when it is gone meanwhile. */
async function payloadOf(task: HandedTask, deps: WorkerProtocolDeps): Promise<string | null> {
  const { message } = task;
  let { params } = message;
  let { facts } = task;
  try {
    // Most come with both.
    facts ??= await deps.facts(message);
    params ??= await storedParams(message, deps);
  } catch (error) {
    deps.handOut.giveBack(task);
    throw error;
  }
  if (params === null) return null;
  return taskPayload(message, params, facts, { nowMs: Date.now(), secret: deps.orchestratorSecret });
}

/** JSON text; null when the task is gone. */
async function storedParams({ jobId, no }: TaskMessage, deps: WorkerProtocolDeps): Promise<string | null> {
  const stored = await deps.taskParams(jobId, no);
  return stored === undefined ? null : JSON.stringify(stored);
}
