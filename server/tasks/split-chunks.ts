import { z } from "zod";
import { branchResults } from "@/server/tasks/document/branch-results";
import { ChunkPacker, chunkSize, MAX_CHUNKS, MAX_DOCUMENTS, type TextChunk } from "@/server/tasks/document/chunk-text";
import {
  type ChunkReference,
  type ExtractedDocumentData,
  extractedDocumentSchema,
} from "@/server/tasks/document/document-schema";
import { readLines, toLine } from "@/server/tasks/document/json-lines";
import { openFile } from "@/server/tasks/document/open-file";
import { parseParams } from "@/server/tasks/parse-params";
import { type TaskContext, TaskError, type TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z.object({ documents: z.array(z.unknown()).min(1).max(MAX_DOCUMENTS) });
const documentsSchema = z.object({ documents: z.array(extractedDocumentSchema).min(1) });
const pageLineSchema = z.object({ page: z.int().min(1), text: z.string() });

const MAX_CHUNK_BYTES_TOTAL = 1024 * 1024 * 1024;
/** Above this a single chunk would be too long for one row of the full-text index. */
const MAX_JOB_CHARACTERS = 100_000_000;

/**
 * Cuts the text of all documents into at most 1,000 chunks. `documents` are results of `extract_text`, bare or as an
 * `aggregation_list`. All chunks go into one blob of JSON lines; the result only points into it:
 * `{chunks: [{no, file, page, blob, offset, length}], chunk_count, chunk_characters, chunks_blob, documents}`, offsets in bytes; `chunk_characters` is the
 * most that a chunk may have.
 */
export const splitChunks: TaskFunction = async (params, context) => {
  const given = parseParams("split_chunks", paramsSchema, params);
  const { documents } = parseParams("split_chunks", documentsSchema, {
    documents: branchResults(given.documents).results,
  });
  const total = {
    characters: documents.reduce((sum, document) => sum + document.characters, 0),
    pages: documents.reduce((sum, document) => sum + document.pages, 0),
    files: documents.length,
  };
  if (total.characters > MAX_JOB_CHARACTERS) {
    const message = `The documents have ${total.characters} characters of text together; at most ${MAX_JOB_CHARACTERS} are taken.`;
    throw new TaskError("INVALID_INPUT_ERROR", message);
  }
  const index: Omit<ChunkReference, "blob">[] = [];
  const size = chunkSize(total);
  const stored = await context.files.put(chunkLines(documents, size, index, context), {
    name: "chunks.jsonl",
    contentType: "application/x-ndjson",
    maxBytes: MAX_CHUNK_BYTES_TOTAL,
    key: `${context.idempotencyKey}:chunks`,
    owner: context.jobId,
  });
  const chunks: ChunkReference[] = index.map((entry) => ({ ...entry, blob: stored.id }));
  return { data: { chunks, chunk_count: chunks.length, chunk_characters: size, chunks_blob: stored.id, documents } };
};

async function* chunkLines(
  documents: ExtractedDocumentData[],
  size: number,
  index: Omit<ChunkReference, "blob">[],
  context: TaskContext,
): AsyncGenerator<Buffer> {
  const packer = new ChunkPacker(size);
  let offset = 0;
  const line = ({ no, file, page, text }: TextChunk): Buffer => {
    if (no >= MAX_CHUNKS) throw new TaskError("CONTRACT_VIOLATION", `More text than the documents' "characters" say.`);
    const bytes = toLine({ no, file, page, text });
    index.push({ no, file, page, offset, length: bytes.length });
    offset += bytes.length;
    return bytes;
  };
  for (const [at, document] of documents.entries()) {
    const source = await openFile(context.files, document.text_blob, `documents.${at}.text_blob`);
    for await (const { page, text } of readLines(source, pageLineSchema)) {
      context.signal.throwIfAborted();
      for (const chunk of packer.add({ file: document.file, page, text })) yield line(chunk);
    }
    context.progress((at + 1) / documents.length, document.name);
  }
  for (const chunk of packer.flush()) yield line(chunk);
}
