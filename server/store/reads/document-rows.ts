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
const UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

/**
 * The documents of a workspace in the order of their ids. What a row says is corrected by the task that is at work on it: an
 * attempt that was killed left it as it was, and one that failed may be tried again; what failed and is asked for anew is
 * pending. Only the rows of the page are compared
 * with tasks: a workspace may have any number of them.
 */
export async function readDocuments(pool: Pool, wanted: DocumentsWanted): Promise<DocumentRow[]> {
  const { workspaceId, documentId, clientId, after, limit } = wanted;
  const { rows } = await pool.query<DocumentRow & { updated_at: Date }>(
    `with page as materialized (
       select * from documents d where d.workspace_id = $1::text::uuid and ($2::int is null or d.client_id = $2)
         and ($3::uuid is null or d.id = $3) and ($4::uuid is null or d.id > $4)
       order by d.id limit $5
     ), at_work as materialized (
       select t.job_id, lower(t.params->>'document_id') as id from tasks t
       where t.type = 'process_document' and t.job_id = any (array(select p.job_id from page p where p.status <> 'ready'))
     ), waiting as (
       select distinct on (asked.id) asked.id, t.job_id, t.created_at
       from tasks t join jobs j on j.id = t.job_id cross join lateral
         (select case when t.params->>'document_id' ~* '${UUID}' then (t.params->>'document_id')::uuid end as id) asked
       where t.type = 'process_document' and t.status in (${backlog}, ${announced}, ${unplaced}, ${placed})
         and lower(t.params->>'workspace_id') = $1::text and ($2::int is null or j.client_id = $2)
         and asked.id is not null and ($3::uuid is null or asked.id = $3) and ($4::uuid is null or asked.id > $4)
         and not exists (select from documents d where d.workspace_id = $1::text::uuid and d.id = asked.id
           and (d.status = 'ready' or d.job_id = t.job_id))
       order by asked.id, t.created_at limit $5
     ), known as (
       select p.*, case
           when p.status = 'ready' or not exists (select from jobs j where j.id = p.job_id) then p.status
           when exists (select from at_work w where w.job_id = p.job_id and w.id = p.id::text) then 'processing'
           else 'failed'
         end as told
       from page p
     )
     select $1::text as workspace_id, id as document_id, job_id, name, told as status,
       case when told <> 'failed' then reason else coalesce(reason, $6::text) end as reason,
       chunks, characters, model as embedding_model, updated_at
     from known k where k.told <> 'failed' or not exists (select from waiting w where w.id = k.id)
     union all
     select $1::text, id, job_id, null, 'pending', null, null, null, null, created_at
     from waiting w where not exists (select from known k where k.id = w.id and k.told <> 'failed')
     order by document_id limit $5`,
    [workspaceId, clientId, documentId, after, limit, SILENT],
  );
  return rows.map((row) => ({ ...row, updated_at: row.updated_at.toISOString() }));
}
