import { z } from "zod";
import { type DocumentText, processDocument as process } from "@/server/documents/process-document";
import { declareTask } from "@/server/tasks/declare-task";
import { extractedDocumentSchema } from "@/server/tasks/document/document-schema";
import { statFile } from "@/server/tasks/document/open-file";
import { pagesOfText } from "@/server/tasks/document/pages-of-text";
import { extractText } from "@/server/tasks/extract-text";
import type { TaskContext, TaskResult } from "@/server/tasks/task-function";

const uuid = z.uuid({ error: "must be a UUID, as in 019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b" }).toLowerCase();

const input = z.object({
  document_id: uuid,
  workspace_id: uuid,
  /** The document's text where it was taken out before: what `extract_text` returned. */
  text_blob: z.string().min(1).optional(),
  pages: z.int().min(1).optional(),
  characters: z.int().min(0).optional(),
  chunk_characters: z.int().min(200).max(10_000_000).optional(),
});

type Params = z.infer<typeof input>;

/**
 * Makes an uploaded file searchable in a workspace. `document_id` is the file's id; `workspace_id` any UUID, whose
 * documents are searched together. Returns `{document_id, workspace_id, status, chunks, embedded, embedding_model}`.
 */
export const processDocument = declareTask({
  input,
  async run(params: Params, context: TaskContext) {
    const { document_id, workspace_id } = params;
    const { name } = await statFile(context.files, document_id, "document_id");
    const done = await process({
      document: { documentId: document_id, workspaceId: workspace_id, jobId: context.jobId },
      name,
      store: context.stores.documents,
      extract: () => textOf(params, context),
      chunkCharacters: params.chunk_characters,
      signal: context.signal,
      progress: context.progress,
    });
    return { data: { document_id, workspace_id, ...done } };
  },
});

async function textOf(params: Params, context: TaskContext): Promise<DocumentText> {
  const { text_blob, pages, characters } = params;
  if (text_blob !== undefined && pages !== undefined && characters !== undefined)
    return { characters, pages, read: () => pagesOfText(context.files, text_blob) };
  const { data } = (await extractText({ file: params.document_id }, context)) as TaskResult;
  const extracted = extractedDocumentSchema.parse(data);
  return { ...extracted, read: () => pagesOfText(context.files, extracted.text_blob) };
}
