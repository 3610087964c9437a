import type { Permission } from "@/lib/roles";
import type { Caller } from "@/server/clients/caller";
import { forbidden } from "@/server/errors";

/** 403 unless the caller's role or scopes give the permission. */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (caller.permissions.has(permission)) return;
  const who = caller.kind === "client" ? "This token's scopes do" : `The role ${caller.operator.role} does`;
  throw forbidden(`${who} not allow ${permission}`);
}
