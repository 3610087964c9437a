import type { Database } from "./database";

export interface CandidateToken {
  id: number;
  /** A name, or a pattern of names; null: everybody. */
  worker: string | null;
  skills: string[] | null;
  hash: Buffer;
}

/** Who says that it is this worker, with a token of this SHA-256; either may be null. */
export interface TokenQuestion {
  worker: string | null;
  hash: Uint8Array | null;
}

/**
 * The worker tokens that could have a say in who each of them is: the one with this SHA-256, those of exactly this name, and
 * all patterns. One that was disabled keeps its place, so that no wider token speaks for its worker meanwhile; its hash is
 * empty and fits nothing. In the order of the questions, in one round trip.
 */
export async function candidateTokens(database: Database, questions: TokenQuestion[]): Promise<CandidateToken[][]> {
  const hashes = questions.flatMap(({ hash }) => (hash ? [Buffer.from(hash)] : []));
  const workers = questions.flatMap(({ worker }) => (worker === null ? [] : [worker]));
  const { rows } = await database.pool.query<CandidateToken & { pattern: boolean }>({
    name: "worker_token_candidates_3",
    text: `select id, worker, skills, case when disabled_at is null then token_hash else '' end as hash, coalesce(worker ~ '[*?]', false) as pattern from worker_tokens
      where (disabled_at is null or (source = 'api' and worker is not null))
        and (token_hash = any($1::bytea[]) or worker = any($2) or worker ~ '[*?]')`,
    values: [hashes, workers],
  });
  return questions.map(({ worker, hash }) =>
    rows.filter((row) => row.pattern || (worker !== null && row.worker === worker) || (hash && row.hash.equals(hash))),
  );
}
