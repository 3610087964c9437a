import type { Pool } from "pg";
import type { DocumentChunk, DocumentName, DocumentStore } from "@/server/documents/document-store";
import type { Embedder } from "@/server/documents/embedder";
import { vectorBytes } from "@/server/documents/vector";
import { TaskError } from "@/server/tasks/task-function";
import { storable, storableJson } from "./reports";
import { OPERATORS_CLIENT_ID } from "./schema/clients";
import { PLAIN_SEARCH_CONFIG, SEARCH_CONFIGS } from "./schema/reports";

const MAX_REASON = 4_000;
const MINE = "workspace_id = $1::uuid and id = $2::uuid and job_id = $3::uuid";

/** The documents in Postgres, as tasks write them; `embedder` null: without embeddings. */
export function createDocumentStore(pool: Pool, embedder: Embedder | null): DocumentStore {
  return {
    begin: (document) => begin(pool, document, embedder?.model ?? null),
    putChunks: (document) => putChunks(pool, document),
    async cut(document) {
      await held(pool, document);
      await pool.query(
        "delete from document_chunks where workspace_id = $1::uuid and document_id = $2::uuid and no >= $3",
        [document.workspaceId, document.documentId, document.chunks],
      );
      return null;
    },
    embedNext: (document) => embedNext(pool, document, embedder),
    async ready(document) {
      const model = embedder?.model ?? null;
      await change(pool, document, "status = 'ready', reason = null, characters = $4, model = $5", [
        document.characters,
        model,
      ]);
      return null;
    },
    async fail(document) {
      const reason = storable(document.reason).slice(0, MAX_REASON);
      await change(pool, document, "status = 'failed', reason = $4", [reason]);
      return null;
    },
  };
}

/** A task that a person runs by hand has no job: what it makes is the operators'. */
async function begin(pool: Pool, document: DocumentName & { name: string }, model: string | null) {
  const { workspaceId, documentId, jobId, name } = document;
  const { rows } = await pool.query<{ isReady: boolean; chunks: number | null; model: string | null }>(
    `insert into documents as d (workspace_id, id, client_id, job_id, name, status)
     select $1::uuid, $2::uuid, coalesce((select j.client_id from jobs j where j.id = $3::uuid), $6), $3::uuid, $4, 'processing'
     on conflict (workspace_id, id) do update set job_id = excluded.job_id, name = excluded.name, updated_at = now(), reason = null,
       status = case when d.status = 'ready' and d.job_id = excluded.job_id and d.model is not distinct from $5 then 'ready'
                     else 'processing' end
     where d.client_id = excluded.client_id
     returning status = 'ready' as "isReady", chunks, model`,
    [workspaceId, documentId, jobId, storable(name).slice(0, 500), model, OPERATORS_CLIENT_ID],
  );
  const [row] = rows;
  if (!row) throw new TaskError("INVALID_INPUT_ERROR", "workspace_id: is another client's");
  return { isReady: row.isReady, chunks: row.chunks ?? 0, model: row.model };
}

async function putChunks(pool: Pool, document: DocumentName & { chunks: DocumentChunk[] }): Promise<null> {
  const { workspaceId, documentId, chunks } = document;
  await held(pool, document);
  const rows = chunks.map(({ no, page, text, language }) => {
    const config = Object.hasOwn(SEARCH_CONFIGS, language) ? SEARCH_CONFIGS[language] : PLAIN_SEARCH_CONFIG;
    return { no, page, text, language, config };
  });
  await pool.query(
    `insert into document_chunks (workspace_id, document_id, no, page, language, config, text, text_hash)
     select $1::uuid, $2::uuid, x.no, x.page, x.language, x.config, x.text, sha256(convert_to(x.text, 'UTF8'))
     from json_to_recordset($3::json) as x(no int, page int, language text, config text, text text)
     on conflict (workspace_id, document_id, no) do update set page = excluded.page, language = excluded.language,
       config = excluded.config, text = excluded.text, text_hash = excluded.text_hash
     where document_chunks.text_hash <> excluded.text_hash or document_chunks.page <> excluded.page
       or document_chunks.config <> excluded.config`,
    [workspaceId, documentId, storableJson(rows)],
  );
  return null;
}

async function embedNext(pool: Pool, document: DocumentName, embedder: Embedder | null) {
  if (!embedder) return { made: 0, left: 0, model: null };
  await held(pool, document);
  const { model, batchSize } = embedder;
  const without = `from document_chunks c where c.workspace_id = $1::uuid and c.document_id = $2::uuid
    and not exists (select from text_embeddings e where e.model = $3 and e.text_hash = c.text_hash)`;
  const of = [document.workspaceId, document.documentId, model];
  const { rows } = await pool.query<{ hash: Buffer; text: string }>(
    `select distinct on (c.text_hash) c.text_hash as hash, c.text ${without} order by c.text_hash limit $4`,
    [...of, batchSize],
  );
  if (rows.length === 0) return { made: 0, left: 0, model };
  const vectors = await embedder.embed(rows.map(({ text }) => text));
  await storeVectors(
    pool,
    model,
    rows.map(({ hash }) => hash),
    vectors,
  );
  const { rows: left } = await pool.query<{ left: number }>(
    `select count(distinct c.text_hash)::int as left ${without}`,
    of,
  );
  return { made: rows.length, left: left[0]?.left ?? 0, model };
}

async function storeVectors(pool: Pool, model: string, hashes: Buffer[], vectors: Float32Array[]): Promise<void> {
  const dimension = vectors[0]?.length ?? 0;
  const { rows } = await pool.query<{ dimension: number }>(
    "select dimension from text_embeddings where model = $1 and dimension <> $2 limit 1",
    [model, dimension],
  );
  if (rows[0])
    throw new TaskError(
      "CONTRACT_VIOLATION",
      `The embeddings of ${model} have ${dimension} dimensions, and those that are stored have ${rows[0].dimension}: name another model in EMBEDDINGS_MODEL`,
    );
  await pool.query(
    `insert into text_embeddings (model, text_hash, dimension, vector)
     select $1, x.hash, $2, x.vector from unnest($3::bytea[], $4::bytea[]) as x(hash, vector) on conflict do nothing`,
    [model, dimension, hashes, vectors.map(vectorBytes)],
  );
}

/** Throws when another job has taken the document. */
async function held(pool: Pool, { workspaceId, documentId, jobId }: DocumentName): Promise<void> {
  const { rowCount } = await pool.query(`select 1 from documents where ${MINE}`, [workspaceId, documentId, jobId]);
  if (rowCount !== 1) throw taken(documentId);
}

async function change(pool: Pool, document: DocumentName, set: string, values: unknown[]): Promise<void> {
  const { workspaceId, documentId, jobId } = document;
  const { rowCount } = await pool.query(
    `update documents set ${set}, updated_at = now(),
       chunks = (select count(*) from document_chunks c where c.workspace_id = $1::uuid and c.document_id = $2::uuid)
     where ${MINE}`,
    [workspaceId, documentId, jobId, ...values],
  );
  if (rowCount !== 1) throw taken(documentId);
}

function taken(documentId: string): TaskError {
  return new TaskError("DEPENDENCY_ERROR", `Another job has taken the document ${documentId} over`);
}
