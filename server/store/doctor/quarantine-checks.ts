import { JOB_STATUS } from "@/lib/job-status";
import { type Check, ofStretch } from "./check";

const { quarantined } = JOB_STATUS;

/** What the quarantine shows, against the jobs themselves. */
export const quarantineChecks: Check[] = [
  {
    id: "quarantine_listed",
    says: "Every quarantined job is among those that the quarantine shows",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and j.status = ${quarantined.code} and not exists (select from quarantine q where q.job_id = j.id)`,
  },
  {
    id: "quarantine_left",
    says: "The quarantine shows quarantined jobs only",
    each: "jobs",
    sql: `select q.job_id::text as id from quarantine q
      where ${ofStretch("q.job_id")} and not exists (select from jobs j where j.id = q.job_id and j.status = ${quarantined.code})`,
  },
];
