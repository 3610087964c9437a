import type {
  ChangeWorkerTokenBody,
  CreateWorkerTokenBody,
  WorkerTokenRow,
  WorkerTokenWithToken,
} from "@/lib/api/worker-token";
import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { invalidRequest, notFound } from "@/server/errors";
import { writeAudit } from "@/server/store/audit-log";
import type { Database } from "@/server/store/database";
import {
  deleteWorkerToken,
  insertWorkerToken,
  readWorkerTokens,
  updateWorkerToken,
  type WorkerTokenChange,
  type WorkerTokenRecord,
} from "@/server/store/worker-token-rows";
import type { ManageParts } from "./manage-clients";
import { newToken } from "./new-token";
import { ENVIRONMENT_WORKER_TOKEN } from "./register-environment-tokens";
import { notTaken, refuseOtherSource } from "./token-source";
import { tokensChanged } from "./tokens-changed";

/** All worker tokens, by name. */
export async function listWorkerTokens(database: Database): Promise<WorkerTokenRow[]> {
  return (await readWorkerTokens(database)).map(rowOf);
}

/** Makes a worker token. 409 when the name or the token is taken, 400 for a reserved name. */
export async function createWorkerToken(
  parts: ManageParts,
  body: CreateWorkerTokenBody,
  by: Actor,
): Promise<WorkerTokenWithToken> {
  const { name, token } = body;
  if (name === ENVIRONMENT_WORKER_TOKEN) throw invalidRequest("name", "is a name that the system uses itself");
  const made = newToken("worker", token);
  const row = { ...changeOf(body), name, tokenHash: made.hash };
  const id = await notTaken(insertWorkerToken(parts.database, row), "worker token", name);
  return { worker_token: await changed(parts, id, "worker_token.create", by, saidOf(body)), token: made.shown };
}

/** Changes what is given, and enables or disables. 409 for a token that is not of the API. */
export async function changeWorkerToken(
  parts: ManageParts,
  id: number,
  body: ChangeWorkerTokenBody,
  by: Actor,
): Promise<WorkerTokenRow> {
  await ownToken(parts.database, id);
  const disabled = body.disabled === undefined ? {} : { disabled: body.disabled };
  await updateWorkerToken(parts.database, id, { ...changeOf(body), ...disabled });
  return changed(parts, id, "worker_token.change", by, saidOf(body));
}

/** Another token in place of the one before, which ends at once. */
export async function rotateWorkerToken(
  parts: ManageParts,
  id: number,
  token: string | undefined,
  by: Actor,
): Promise<WorkerTokenWithToken> {
  const { name } = await ownToken(parts.database, id);
  const made = newToken("worker", token);
  await notTaken(updateWorkerToken(parts.database, id, { tokenHash: made.hash }), "worker token", name);
  return { worker_token: await changed(parts, id, "worker_token.rotate", by, {}), token: made.shown };
}

/** Deletes a worker token: who uses it is refused from then on. */
export async function removeWorkerToken(parts: ManageParts, id: number, by: Actor): Promise<void> {
  const { name } = await ownToken(parts.database, id);
  await deleteWorkerToken(parts.database, id);
  await writeAudit(parts.database, {
    by,
    action: "worker_token.delete",
    target: ["worker_token", String(id)],
    data: { name },
  });
  tokensChanged(parts);
}

async function ownToken(database: Database, id: number): Promise<WorkerTokenRecord> {
  const [found] = await readWorkerTokens(database, id);
  if (!found) throw notFound("Worker token");
  refuseOtherSource("worker", found);
  return found;
}

async function changed(
  parts: ManageParts,
  id: number,
  action: string,
  by: Actor,
  data: JsonObject,
): Promise<WorkerTokenRow> {
  const [record] = await readWorkerTokens(parts.database, id);
  if (!record) throw notFound("Worker token");
  const target = ["worker_token", String(id)] as const;
  await writeAudit(parts.database, { by, action, target, data: { name: record.name, ...data } });
  tokensChanged(parts);
  return rowOf(record);
}

function changeOf(body: Omit<CreateWorkerTokenBody, "name" | "token">): WorkerTokenChange {
  const change: WorkerTokenChange = {};
  if (body.description !== undefined) change.description = body.description;
  if (body.worker !== undefined) change.worker = body.worker;
  if (body.skills !== undefined) change.skills = body.skills;
  return change;
}

/** What the audit log keeps: never a token. */
function saidOf(body: CreateWorkerTokenBody | ChangeWorkerTokenBody): JsonObject {
  const { description, worker, skills } = body;
  const disabled = "disabled" in body ? { disabled: body.disabled } : {};
  return JSON.parse(JSON.stringify({ description, worker, skills, ...disabled })) as JsonObject;
}

function rowOf({ createdAt, disabledAt, ...rest }: WorkerTokenRecord): WorkerTokenRow {
  return { ...rest, created_at: createdAt.toISOString(), disabled_at: disabledAt?.toISOString() ?? null };
}
