import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows } from "./block-columns";
import type { ClaimedTask } from "./claim";
import type { Database } from "./database";
import type { TaskName } from "./due";

const TASK_NAMES = {
  name: "task",
  columns: [
    ["jobId", "uuid"],
    ["no", "int"],
  ],
} as const;

// One probe of the primary keys of tasks, jobs and blueprints per name.
const MESSAGES = {
  name: "task_messages_1",
  text: `select k.job_id as "jobId", k.no, k.fence, k.attempt, k.type, k.priority, k.params::text as params, k.timeout_ms as "timeoutMs", b.name as blueprint
    from unnest($1::text::uuid[], $2::text::int[]) as x(id, no),
      lateral (select * from tasks t where t.job_id = x.id and t.no = x.no and t.status = ${TASK_STATUS.announced} offset 0) k,
      lateral (select p.name from jobs j join blueprints p on p.id = j.blueprint_id where j.id = k.job_id offset 0) b`,
};

/** What messages of these tasks say, for those that are still announced; changes nothing. */
export async function readTaskMessages(database: Database, tasks: TaskName[]): Promise<ClaimedTask[]> {
  if (tasks.length === 0) return [];
  const names = new BlockRows(TASK_NAMES);
  for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
  const { rows } = await database.pool.query<ClaimedTask>({ ...MESSAGES, values: names.parameters() });
  return rows;
}
