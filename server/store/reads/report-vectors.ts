import type { Pool } from "pg";
import { cosine } from "@/server/documents/vector";
import type { ReportOwner, SearchHit } from "./reports";

/** Chunks that one search looks at, those of the newest reports first. */
const MOST_CHUNKS = 20_000;
const MOST_REPORTS = 1_000;
const SHOWN_CHARACTERS = 280;
/** What is less like the question than that has nothing to do with it. */
const LEAST_COSINE = 0.2;

export interface MeaningSearch {
  owner: ReportOwner;
  model: string;
  /** Of the question; of length one. */
  vector: Float32Array;
  reportId?: string | undefined;
  limit: number;
}

interface Near {
  reportId: string;
  no: number;
  likeness: number;
}

/** Chunks of published reports whose meaning is nearest to the question, best first; those without an embedding are not looked at. */
export async function searchReportsByMeaning(pool: Pool, search: MeaningSearch): Promise<SearchHit[]> {
  const { owner, reportId = null, limit } = search;
  const { rows: reports } = await pool.query<{ id: string }>(
    `select id from reports where ($1::int is null or client_id = $1) and ($2::uuid is null or id = $2)
     order by created_at desc, id desc limit ${MOST_REPORTS}`,
    [owner, reportId],
  );
  let near: Near[] = [];
  let seen = 0;
  for (const { id } of reports) {
    const found = await nearIn(pool, id, search);
    seen += found.seen;
    near = [...near, ...found.near].sort((left, right) => right.likeness - left.likeness).slice(0, limit);
    if (seen >= MOST_CHUNKS) break;
  }
  return near.length === 0 ? [] : hitsOf(pool, near);
}

async function nearIn(pool: Pool, reportId: string, { model, vector }: MeaningSearch) {
  const { rows } = await pool.query<{ no: number; vector: Buffer }>({
    name: "report_vectors_1",
    text: `select c.no, e.vector from report_chunks c join text_embeddings e on e.model = $2 and e.text_hash = c.text_hash
      where c.report_id = $1::uuid`,
    values: [reportId, model],
  });
  const near = rows.flatMap(({ no, vector: stored }) => {
    const likeness = cosine(stored, vector);
    return likeness !== null && likeness >= LEAST_COSINE ? [{ reportId, no, likeness }] : [];
  });
  return { near, seen: rows.length };
}

async function hitsOf(pool: Pool, near: Near[]): Promise<SearchHit[]> {
  const { rows } = await pool.query<Omit<SearchHit, "passages"> & { text: string }>(
    `select c.report_id as "reportId", r.title, c.no, c.file_name as "fileName", c.page, c.language,
            left(c.text, ${SHOWN_CHARACTERS}) as text
     from unnest($1::uuid[], $2::int[]) with ordinality as n(report_id, no, place)
     join report_chunks c on c.report_id = n.report_id and c.no = n.no join reports r on r.id = c.report_id order by n.place`,
    [near.map(({ reportId }) => reportId), near.map(({ no }) => no)],
  );
  return rows.map(({ text, ...hit }) => ({ ...hit, passages: [[{ text, hit: false }]] }));
}
