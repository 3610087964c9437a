import { permittedSkills } from "@/server/workers/auth/identity";
import { chargeWorker, identify, requireSender } from "./identify";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readHeartbeat, workerName } from "./read-registration";
import { readMessage, verify } from "./signed-body";
import { json, type WorkerAnswer, type WorkerCall } from "./worker-call";

/** `PATCH /workers/{id}`: keeps the worker alive, and tells it what to stop and what we do not know of it. */
export async function heartbeat(call: WorkerCall, id: string, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const worker = workerName(id, "worker_id");
  const identity = await identify(call, worker, deps.security);
  await chargeWorker(call, "heartbeat", worker, deps.security);
  const message = await readMessage(call);
  deps.metrics.heartbeats.inc({ kind: message ? "full" : "ping" });
  if (!message) {
    await deps.workers.heartbeat(worker, { status: null, skills: null, currentTasks: null });
    return json({ status: "ttl_refreshed" });
  }
  const { body } = message;
  requireSender(body.worker_id, worker, deps.security);
  verify(message, identity, deps.security);
  const beat = readHeartbeat(body);
  if (beat.skills) beat.skills = permittedSkills(beat.skills, identity.skills).permitted;
  for (const id of beat.currentTasks ?? []) deps.replay.arrived(id, worker);
  const { cancel } = await deps.workers.heartbeat(worker, beat);
  // After its goodbye there is no session to look at.
  const session = beat.status === "offline" ? null : await deps.workers.present(worker);
  if (session && beat.skills) await deps.skillsSync.told(session, body);
  const sync = session !== null && beat.skills === null && (await deps.skillsSync.isNeeded(session, body));
  return json({
    status: "ok",
    ...(sync ? { require_full_sync: true } : {}),
    ...(cancel.length > 0 ? { cancel_task_ids: cancel } : {}),
    next_heartbeat_jitter_ms: jitterMs(deps.leaseMs),
  });
}

/** Up to a tenth of the interval (a third of the lease), so that workers that began together do not beat together. */
function jitterMs(leaseMs: number): number {
  return Math.floor((Math.random() * leaseMs) / 30);
}
