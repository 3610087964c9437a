import type { ChangeClientBody, ClientRow, ClientWithToken, CreateClientBody } from "@/lib/api/client";
import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { ApiError, invalidRequest, notFound } from "@/server/errors";
import { writeAudit } from "@/server/store/audit-log";
import {
  type ClientChange,
  type ClientRecord,
  deleteClient,
  insertClient,
  readClients,
  updateClient,
} from "@/server/store/client-rows";
import type { Database } from "@/server/store/database";
import { isReferenced } from "@/server/store/errors";
import { factsFault } from "./client-facts";
import { RESERVED_CLIENTS } from "./clients-file";
import { newToken } from "./new-token";
import { notTaken, refuseOtherSource } from "./token-source";
import { type TokenListeners, tokensChanged } from "./tokens-changed";

export interface ManageParts extends TokenListeners {
  database: Database;
}

/** All clients, by name. */
export async function listClients(database: Database): Promise<ClientRow[]> {
  return (await readClients(database)).map(rowOf);
}

/** Makes a client. 409 when the name or the token is taken, 400 for a reserved name and too many facts. */
export async function createClient(parts: ManageParts, body: CreateClientBody, by: Actor): Promise<ClientWithToken> {
  const { name, token } = body;
  if (RESERVED_CLIENTS.includes(name)) throw invalidRequest("name", "is a name that the system uses itself");
  checkFacts(body.params ?? {}, body.config ?? {});
  const made = newToken("client", token);
  const { scopes = ["jobs"], ...change } = changeOf(body);
  const client = { ...change, name, scopes, tokenHash: made.hash };
  const id = await notTaken(insertClient(parts.database, client), "client", name);
  return { client: await changed(parts, id, "client.create", by, saidOf(body)), token: made.shown };
}

/** Changes what is given, and enables or disables. 409 for a client that is not of the API. */
export async function changeClient(
  parts: ManageParts,
  id: number,
  body: ChangeClientBody,
  by: Actor,
): Promise<ClientRow> {
  const before = await ownClient(parts.database, id);
  const params = body.params === undefined ? before.params : body.params;
  const config = body.config === undefined ? before.config : body.config;
  checkFacts(params ?? {}, config ?? {});
  await updateClient(parts.database, id, {
    ...changeOf(body),
    ...(body.disabled === undefined ? {} : { disabled: body.disabled }),
  });
  return changed(parts, id, "client.change", by, saidOf(body));
}

/** Gives a client another token; the one before ends at once. */
export async function rotateClient(
  parts: ManageParts,
  id: number,
  token: string | undefined,
  by: Actor,
): Promise<ClientWithToken> {
  const { name } = await ownClient(parts.database, id);
  const made = newToken("client", token);
  await notTaken(updateClient(parts.database, id, { tokenHash: made.hash }), "client", name);
  return { client: await changed(parts, id, "client.rotate", by, {}), token: made.shown };
}

/** Deletes a disabled client that nothing belongs to; 409 for others. */
export async function removeClient(parts: ManageParts, id: number, by: Actor): Promise<void> {
  const { name, disabledAt } = await ownClient(parts.database, id);
  if (disabledAt === null) throw new ApiError(409, "conflict", `Disable the client '${name}' before you delete it`);
  const deleted = await deleteClient(parts.database, id).catch((error: unknown) => {
    if (isReferenced(error)) return false;
    throw error;
  });
  if (!deleted) {
    const why = "Jobs, blueprints or reports belong to it. A disabled client can do nothing; leave it disabled";
    throw new ApiError(409, "conflict", `The client '${name}' cannot be deleted. ${why}`);
  }
  await writeAudit(parts.database, { by, action: "client.delete", target: ["client", String(id)], data: { name } });
  tokensChanged(parts);
}

async function ownClient(database: Database, id: number): Promise<ClientRecord> {
  const [found] = await readClients(database, id);
  if (!found) throw notFound("Client");
  refuseOtherSource("client", found);
  return found;
}

/** The audit entry, the caches, and the client as it is now. */
async function changed(
  parts: ManageParts,
  id: number,
  action: string,
  by: Actor,
  data: JsonObject,
): Promise<ClientRow> {
  const [record] = await readClients(parts.database, id);
  if (!record) throw notFound("Client");
  await writeAudit(parts.database, {
    by,
    action,
    target: ["client", String(id)],
    data: { name: record.name, ...data },
  });
  tokensChanged(parts);
  return rowOf(record);
}

function changeOf(body: Omit<CreateClientBody, "name" | "token">): ClientChange {
  const change: ClientChange = {};
  if (body.description !== undefined) change.description = body.description;
  if (body.scopes !== undefined) change.scopes = body.scopes;
  if (body.plan !== undefined) change.plan = body.plan;
  if (body.params !== undefined) change.params = body.params;
  if (body.config !== undefined) change.config = body.config;
  if (body.monthly_attempts !== undefined) change.monthlyAttempts = body.monthly_attempts;
  return change;
}

/** What the audit log keeps: never a token, and of facts only that they changed, for those may hold secrets of others. */
function saidOf(body: CreateClientBody | ChangeClientBody): JsonObject {
  const { params, config, scopes, plan, monthly_attempts, description } = body;
  return JSON.parse(
    JSON.stringify({
      scopes,
      plan,
      monthly_attempts,
      description,
      ...("disabled" in body ? { disabled: body.disabled } : {}),
      ...(params === undefined ? {} : { params: "changed" }),
      ...(config === undefined ? {} : { config: "changed" }),
    }),
  ) as JsonObject;
}

function checkFacts(params: JsonObject, config: JsonObject): void {
  const fault = factsFault({ params, config });
  if (fault !== null) throw invalidRequest("params", fault);
}

function rowOf(record: ClientRecord): ClientRow {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    source: record.source,
    scopes: record.scopes,
    plan: record.plan,
    params: record.params ?? {},
    config: record.config ?? {},
    monthly_attempts: record.monthlyAttempts,
    used_this_month: record.used,
    created_at: record.createdAt.toISOString(),
    disabled_at: record.disabledAt?.toISOString() ?? null,
  };
}
