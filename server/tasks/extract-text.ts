import { z } from "zod";
import type { StoredBlob } from "@/server/files/blob-store";
import { isDocumentType, typeMismatch } from "@/server/files/detect-type";
import { type ExtractedDocumentData, fileReferenceSchema } from "@/server/tasks/document/document-schema";
import { toLine } from "@/server/tasks/document/json-lines";
import { openFile, statFile } from "@/server/tasks/document/open-file";
import type { ExtractionMessage } from "@/server/tasks/extract/extracted-document";
import {
  ExtractionEnded,
  type ExtractionLimits,
  extractionLimits,
  runExtraction,
} from "@/server/tasks/extract/run-extraction";
import { parseParams } from "@/server/tasks/parse-params";
import { type TaskContext, TaskError, type TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z.object({ file: fileReferenceSchema });

/** Room for a text blob: JSON may write one character as six bytes. */
const BYTES_PER_CHARACTER = 6;

/**
 * Takes the text out of one file, in a process of its own, and stores it as JSON lines `{page, text}`. Returns
 * `{file, name, type, text_blob, pages, characters, title?}`. A file that is damaged, encrypted, without text, not what
 * its name says or too much to read is PERMANENT_ERROR, whose message names the file and, where known, the page.
 */
export const extractText: TaskFunction = (params, context) => extractWithin(extractionLimits, params, context);

/** The same with limits of one's own. */
export async function extractWithin(limits: ExtractionLimits, params: Record<string, unknown>, context: TaskContext) {
  const { file } = parseParams("extract_text", paramsSchema, params);
  const blob = await statFile(context.files, file, "file");
  const type = blob.detectedType;
  const mismatch = typeMismatch(blob.name, type);
  if (mismatch) throw new TaskError("PERMANENT_ERROR", mismatch);
  if (!isDocumentType(type)) throw new TaskError("PERMANENT_ERROR", `"${blob.name}" is ${type}, which cannot be read.`);
  const reading: Reading = { blob, pageCount: 0, pagesRead: 0, characters: 0 };
  const messages = runExtraction(await openFile(context.files, file, "file"), type, context.signal, limits);
  const stored = await context.files
    .put(pageLines(messages, reading, context), {
      name: `${blob.name}.text.jsonl`,
      contentType: "application/x-ndjson",
      maxBytes: limits.maxCharacters * BYTES_PER_CHARACTER,
      key: `${context.idempotencyKey}:text`,
      owner: context.jobId,
    })
    .catch((error: unknown) => {
      throw error instanceof ExtractionEnded ? endedError(error, reading) : error;
    });
  if (reading.characters === 0) {
    await context.files.delete(stored.id);
    throw noText(reading);
  }
  const data: ExtractedDocumentData = {
    file,
    name: blob.name,
    type,
    text_blob: stored.id,
    pages: reading.pageCount,
    characters: reading.characters,
    ...(reading.title === undefined ? {} : { title: reading.title }),
  };
  return { data };
}

interface Reading {
  blob: StoredBlob;
  title?: string | undefined;
  pageCount: number;
  pagesRead: number;
  characters: number;
}

async function* pageLines(
  messages: AsyncIterable<ExtractionMessage>,
  reading: Reading,
  context: TaskContext,
): AsyncGenerator<Buffer> {
  for await (const message of messages) {
    if (message.kind === "fault") throw faultError(message, reading.blob.name);
    if (message.kind === "start") {
      reading.pageCount = message.pageCount;
      reading.title = message.title;
    }
    if (message.kind !== "page") continue;
    reading.pagesRead = message.page;
    reading.characters += message.text.length;
    context.progress(
      message.page / reading.pageCount,
      `${reading.blob.name}: page ${message.page} of ${reading.pageCount}`,
    );
    yield toLine({ page: message.page, text: message.text });
  }
}

function faultError(fault: ExtractionMessage & { kind: "fault" }, name: string): TaskError {
  const details = { file: name, page: fault.page ?? null, fault: fault.fault };
  const because = fault.message.replace(/\.$/, "");
  const where = fault.page === undefined ? `"${name}"` : `Page ${fault.page} of "${name}"`;
  const messages: Record<typeof fault.fault, string> = {
    encrypted: `"${name}" is encrypted and needs a password. Save it without one and upload it again.`,
    damaged: `${where} cannot be read: ${because}. The file is damaged; export it again.`,
    too_many_pages: `"${name}" is too long: ${because}. Split it.`,
    too_much_text: `"${name}" is too long: ${because}. Split it.`,
  };
  return new TaskError("PERMANENT_ERROR", messages[fault.fault], { details });
}

function endedError(ended: ExtractionEnded, { blob, pagesRead }: Reading): TaskError {
  const where = pagesRead === 0 ? `"${blob.name}"` : `"${blob.name}" after page ${pagesRead}`;
  const options = { cause: ended, details: { file: blob.name, last_page_read: pagesRead, ended: ended.end } };
  switch (ended.end) {
    case "timeout":
      return new TaskError("TIMEOUT_ERROR", `Reading ${where} was stopped: ${ended.message}.`, options);
    case "memory":
      return new TaskError("PERMANENT_ERROR", `Reading ${where} was stopped: it ${ended.message}.`, options);
    case "aborted":
      return new TaskError("TRANSIENT_ERROR", `Reading ${where} was stopped: ${ended.message}.`, options);
    case "crashed":
      return new TaskError("INTERNAL_ERROR", `Reading ${where} failed: ${ended.message}.`, options);
  }
}

function noText({ blob, pageCount }: Reading): TaskError {
  const scan = blob.detectedType === "application/pdf" ? " It may be a scan: run text recognition on it first." : "";
  const where = pageCount === 1 ? `"${blob.name}"` : `any of the ${pageCount} pages of "${blob.name}"`;
  return new TaskError("PERMANENT_ERROR", `There is no text in ${where}.${scan}`, { details: { file: blob.name } });
}
