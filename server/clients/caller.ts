import type { Operator } from "@/lib/api/session";
import type { Actor } from "@/lib/job-event";
import { type Permission, permissionsOfScopes, ROLE_PERMISSIONS } from "@/lib/roles";
import type { Client } from "./client-directory";

/** Who is asking: an API client with a token, or a person with a session. */
export type Caller =
  | { kind: "client"; client: Client; permissions: ReadonlySet<Permission> }
  | { kind: "operator"; operator: Operator; permissions: ReadonlySet<Permission> };

export function clientCaller(client: Client): Caller {
  return { kind: "client", client, permissions: permissionsOfScopes(client.scopes) };
}

export function operatorCaller(operator: Operator): Caller {
  return { kind: "operator", operator, permissions: new Set(ROLE_PERMISSIONS[operator.role]) };
}

/** Whose jobs the caller sees: a client its own, an operator everybody's (null). */
export function clientFilterOf(caller: Caller): number | null {
  return caller.kind === "client" ? caller.client.id : null;
}

/** The caller as events and the audit log name it. */
export function actorOf(caller: Caller): Actor {
  if (caller.kind === "client") return { kind: "client", id: String(caller.client.id), name: caller.client.name };
  return { kind: "operator", id: caller.operator.id, name: caller.operator.name };
}
