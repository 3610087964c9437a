import type { Pool } from "pg";

/** Task types that workers of the last day serve or served, live or not, in alphabetical order. */
export async function readServedTasks(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ task: string }>({
    name: "served_tasks_1",
    text: `select distinct unnest(skills) as task from worker_sessions
      where renewed_at > now() - interval '1 day' order by task`,
  });
  return rows.map(({ task }) => task);
}
