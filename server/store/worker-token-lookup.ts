import type { Database } from "./database";

export interface CandidateToken {
  id: number;
  /** A name, or a pattern of names; null: everybody. */
  worker: string | null;
  skills: string[] | null;
  hash: Buffer;
}

/**
 * The enabled worker tokens that could have a say in who this is: the one with this SHA-256, those of exactly this name,
 * and all patterns. Either may be null.
 */
export async function candidateTokens(
  database: Database,
  worker: string | null,
  hash: Uint8Array | null,
): Promise<CandidateToken[]> {
  const { rows } = await database.pool.query<CandidateToken>({
    name: "worker_token_candidates_1",
    text: `select id, worker, skills, token_hash as hash from worker_tokens
      where disabled_at is null and (token_hash = $1 or worker = $2 or worker ~ '[*?]')`,
    values: [hash && Buffer.from(hash), worker],
  });
  return rows;
}
