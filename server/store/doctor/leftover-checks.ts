import { FIRST_TERMINAL_CODE } from "@/lib/job-status";
import { APPROVAL_STATUS } from "@/server/engine/writes";
import { type Check, ofStretch } from "./check";

/** Rows of open work, each with what a person calls them and which of them are open. */
const WORK = [
  { table: "tasks", name: "task", key: "no", open: "true" },
  { table: "timers", name: "timer", key: "key", open: "true" },
  { table: "groups", name: "fan-out", key: "no", open: "true" },
  { table: "approvals", name: "approval", key: "no", open: `k.status = ${APPROVAL_STATUS.open}` },
] as const;

/** Nothing of a job that ended stays open, and no work stands without its job. */
export const leftoverChecks: Check[] = WORK.flatMap(({ table, name, key, open }): Check[] => [
  {
    id: `ended_${table}`,
    says: `No job that ended has an open ${name}`,
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.${key} as id from ${table} k join jobs j on j.id = k.job_id
      where ${ofStretch("k.job_id")} and j.status >= ${FIRST_TERMINAL_CODE} and ${open}`,
  },
  {
    id: `orphan_${table}`,
    says: `No ${name} stands without its job`,
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.${key} as id from ${table} k
      where ${ofStretch("k.job_id")} and not exists (select from jobs j where j.id = k.job_id)`,
  },
]);
