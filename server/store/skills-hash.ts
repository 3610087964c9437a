import type { Database } from "./database";

/** What a worker calls the list of its skills that its session holds; null: it never said. */
export async function readSkillsHash(database: Database, session: string): Promise<string | null> {
  const { rows } = await database.pool.query<{ hash: string | null }>({
    name: "skills_hash_1",
    text: "select skills_hash as hash from worker_sessions where id = $1",
    values: [session],
  });
  return rows[0]?.hash ?? null;
}

/** Notes it, beside the skills that came with it. */
export async function saveSkillsHash(database: Database, session: string, hash: string): Promise<void> {
  await database.pool.query({
    name: "skills_hash_save_1",
    text: "update worker_sessions set skills_hash = $2 where id = $1 and skills_hash is distinct from $2",
    values: [session, hash],
  });
}
