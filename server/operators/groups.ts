import type { Operator } from "@/lib/api/session";
import { roleOf } from "@/lib/roles";
import { notFound } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { listOperators, setOperatorGroups } from "@/server/store/operator-rows";

/** Everybody who has an account, by name. */
export async function everyOperator(database: Database): Promise<Operator[]> {
  const rows = await listOperators(database);
  return rows.map(({ role, ...row }) => ({ ...row, role: roleOf(role) ?? "viewer" }));
}

/** Sets whom `group:<name>` among an approval's approvers means, for one person. 404 when there is no such person. */
export async function putGroups(database: Database, id: string, groups: readonly string[]): Promise<Operator> {
  const row = await setOperatorGroups(database, id, [...new Set(groups)].sort());
  if (!row) throw notFound("Operator");
  return { ...row, role: roleOf(row.role) ?? "viewer" };
}
