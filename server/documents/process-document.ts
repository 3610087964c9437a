import { ChunkPacker, chunkSize } from "@/server/tasks/document/chunk-text";
import { detectLanguage } from "@/server/tasks/document/language";
import type { DocumentChunk, DocumentName, DocumentStore } from "./document-store";

export interface PageText {
  page: number;
  text: string;
}

export interface DocumentText {
  characters: number;
  pages: number;
  read(): AsyncIterable<PageText>;
}

export interface ProcessOptions {
  document: DocumentName;
  /** Of the file, as people see it. */
  name: string;
  store: DocumentStore;
  /** Takes the text out of the file. */
  extract(): Promise<DocumentText>;
  /** Characters of a chunk at most; absent: as many as keep the document within 1,000 chunks. */
  chunkCharacters: number | undefined;
  signal: AbortSignal;
  progress(fraction: number, message?: string): void;
}

export interface ProcessedDocument {
  status: "ready";
  chunks: number;
  /** Chunks whose text was embedded now; others had their embeddings already. */
  embedded: number;
  /** Null: none is configured, and the search is one of words. */
  embedding_model: string | null;
}

const BATCH_CHUNKS = 100;
const BATCH_CHARACTERS = 500_000;

/**
 * Makes a document searchable: its text is cut into chunks, which are stored, and embedded where an endpoint is
 * configured; its status tells how far that is, and why it failed. Doing it again, after whatever ended it, leads to the same
 * rows: chunks bear numbers, and a text that has an embedding is not sent again.
 */
export async function processDocument(options: ProcessOptions): Promise<ProcessedDocument> {
  const { document, name, store } = options;
  const begun = await store.begin({ ...document, name });
  if (begun.isReady) return { status: "ready", chunks: begun.chunks, embedded: 0, embedding_model: begun.model };
  try {
    return await work(options);
  } catch (error) {
    // Whoever stopped it, or took it over, says what becomes of it.
    if (!options.signal.aborted) await store.fail({ ...document, reason: reasonOf(error) }).catch(() => null);
    throw error;
  }
}

async function work({ document, store, extract, chunkCharacters, signal, progress }: ProcessOptions) {
  const text = await extract();
  progress(0.3, "text read");
  const size = chunkCharacters ?? chunkSize({ characters: text.characters, pages: text.pages, files: 1 });
  let chunks = 0;
  for await (const batch of batches(text.read(), size)) {
    signal.throwIfAborted();
    await store.putChunks({ ...document, chunks: batch });
    chunks += batch.length;
  }
  await store.cut({ ...document, chunks });
  progress(0.6, `${chunks} chunks stored`);
  const { embedded, model } = await embedAll(document, store, signal, progress);
  await store.ready({ ...document, characters: text.characters });
  return { status: "ready" as const, chunks, embedded, embedding_model: model };
}

async function embedAll(
  document: DocumentName,
  store: DocumentStore,
  signal: AbortSignal,
  progress: ProcessOptions["progress"],
) {
  for (let embedded = 0; ; ) {
    signal.throwIfAborted();
    const { made, left, model } = await store.embedNext(document);
    embedded += made;
    if (left === 0) return { embedded, model };
    progress(0.6 + 0.4 * (embedded / (embedded + left)), `${embedded} chunks embedded`);
  }
}

async function* batches(pages: AsyncIterable<PageText>, size: number): AsyncGenerator<DocumentChunk[]> {
  const packer = new ChunkPacker(size);
  let batch: DocumentChunk[] = [];
  let characters = 0;
  for await (const { page, text } of pages) {
    for (const chunk of packer.add({ file: "", page, text })) {
      batch.push(chunkOf(chunk));
      characters += chunk.text.length;
      if (batch.length < BATCH_CHUNKS && characters < BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  batch.push(...packer.flush().map(chunkOf));
  if (batch.length > 0) yield batch;
}

function chunkOf({ no, page, text }: { no: number; page: number; text: string }): DocumentChunk {
  return { no, page, text, language: detectLanguage(text).language };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
