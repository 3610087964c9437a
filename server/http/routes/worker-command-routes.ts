import { z } from "zod";
import { workerCommandAnswer, workerCommandBody } from "@/lib/api/worker-command";
import { actorOf } from "@/server/clients/caller";
import { invalidRequest } from "@/server/errors";
import { writeAudit } from "@/server/store/audit-log";
import { requirePermission } from "../authorise";
import { operation } from "../operation";

/** A notice between processes must stay small. */
const MOST_PARAMS_BYTES = 4_096;

const sendCommand = operation({
  id: "sendWorkerCommand",
  method: "POST",
  path: "/workers/{worker_id}/commands",
  tag: "Workers",
  summary: "Tell a remote worker something through its WebSocket, wherever that is connected",
  access: "jobs:operate",
  params: z.object({ worker_id: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/) }),
  subject: "Worker",
  body: workerCommandBody,
  answers: { 202: { description: "Sent, if the worker has a connection", schema: workerCommandAnswer } },
  async handle({ params, body, caller, deps }) {
    // Workers work for all clients: what one of them may say to a worker, it says to the others' tasks.
    if (caller.kind === "client") requirePermission(caller, "admin");
    if (body.params && Buffer.byteLength(JSON.stringify(body.params)) > MOST_PARAMS_BYTES)
      throw invalidRequest("params", `must be at most ${MOST_PARAMS_BYTES} bytes of JSON`);
    const delivered = await deps.workerCommands.deliver(params.worker_id, body);
    await writeAudit(deps.database, {
      by: actorOf(caller),
      action: "worker.command",
      target: ["worker", params.worker_id],
      clientId: null,
      reason: null,
      data: { command: body.command, delivered },
    });
    return { status: 202, body: { status: "accepted", delivered } };
  },
});

export const workerCommandRoutes = [sendCommand];
