import type { Pool } from "pg";
import type { DocumentRow } from "@/lib/api/document";
import { TASK_STATUS } from "@/server/engine/job";

export interface DocumentsWanted {
  workspaceId: string;
  /** Null: all of the workspace. */
  documentId: string | null;
  /** Null: whoever's they are. */
  clientId: number | null;
  /** Those behind this document. */
  after: string | null;
  limit: number;
}

const { backlog, announced, unplaced, placed } = TASK_STATUS;
const SILENT = "The task that processed it was ended without a word; its job says why";
const IS_TASK = "t.type = 'process_document' and lower(t.params->>'document_id') =";

/**
 * The documents of a workspace in the order of their ids. What a row says is corrected by the task that is at work on it: an
 * attempt that was killed left it as it was, and one that failed may be tried again.
 */
export async function readDocuments(pool: Pool, wanted: DocumentsWanted): Promise<DocumentRow[]> {
  const { workspaceId, documentId, clientId, after, limit } = wanted;
  const { rows } = await pool.query<DocumentRow & { updated_at: Date }>(
    `with known as (
       select d.id, d.job_id, d.name, d.reason, d.chunks, d.characters, d.model, d.updated_at,
         case
           when d.status = 'ready' or not exists (select from jobs j where j.id = d.job_id) then d.status
           when exists (select from tasks t where t.job_id = d.job_id and ${IS_TASK} d.id::text) then 'processing'
           else 'failed'
         end as status
       from documents d where d.workspace_id = $1::text::uuid and ($2::int is null or d.client_id = $2)
     ), waiting as (
       select distinct on (1) lower(t.params->>'document_id') as id, t.job_id, t.created_at
       from tasks t join jobs j on j.id = t.job_id
       where t.type = 'process_document' and t.status in (${backlog}, ${announced}, ${unplaced}, ${placed})
         and lower(t.params->>'workspace_id') = $1::text and t.params->>'document_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
         and ($2::int is null or j.client_id = $2)
         and not exists (select from documents d where d.workspace_id = $1::text::uuid and d.id::text = lower(t.params->>'document_id'))
       order by 1, 3
     ), told as (
       select id::text, job_id, name, status, case when status <> 'failed' then reason else coalesce(reason, $6::text) end as reason,
         chunks, characters, model as embedding_model, updated_at from known
       union all
       select id, job_id, null, 'pending', null, null, null, null, created_at from waiting
     )
     select $1::text as workspace_id, id as document_id, job_id, name, status, reason, chunks, characters, embedding_model, updated_at
     from told where ($3::text is null or id = $3) and ($4::text is null or id > $4)
     order by id limit $5`,
    [workspaceId, clientId, documentId, after, limit, SILENT],
  );
  return rows.map((row) => ({ ...row, updated_at: row.updated_at.toISOString() }));
}
