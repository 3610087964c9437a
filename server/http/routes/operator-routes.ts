import { z } from "zod";
import { groupsBody, operator, operatorParams } from "@/lib/api/session";
import { actorOf } from "@/server/clients/caller";
import { everyOperator, putGroups } from "@/server/operators/groups";
import { writeAudit } from "@/server/store/audit-log";
import { ok, operation } from "../operation";

const listAll = operation({
  id: "listOperators",
  method: "GET",
  path: "/operators",
  tag: "Session",
  summary: "Everybody who has an account",
  access: "admin",
  answers: { 200: { description: "By name", schema: z.array(operator) } },
  handle: async ({ deps }) => ok(await everyOperator(deps.database)),
});

const setGroups = operation({
  id: "setOperatorGroups",
  method: "PUT",
  path: "/operators/{operator_id}/groups",
  tag: "Session",
  summary: "Set the groups of a person: whom `group:<name>` among an approval's approvers means",
  access: "admin",
  params: operatorParams,
  subject: "Operator",
  body: groupsBody,
  answers: { 200: { description: "The person", schema: operator } },
  async handle({ params, body, caller, deps }) {
    const changed = await putGroups(deps.database, params.operator_id, body.groups);
    await writeAudit(deps.database, {
      by: actorOf(caller),
      action: "operator.groups",
      target: ["operator", changed.id],
      data: { groups: changed.groups },
    });
    return ok(changed);
  },
});

export const operatorRoutes = [listAll, setGroups];
