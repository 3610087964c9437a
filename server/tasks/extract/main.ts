// The process that reads documents which strangers wrote: bytes on standard input, one JSON message a line on standard
// output, nothing else. It is started, limited and ended by run-extraction.ts, with an empty environment.
import { once } from "node:events";
import { argv, exit, stdin, stdout } from "node:process";
import { buffer } from "node:stream/consumers";
import type { DocumentType } from "@/server/files/detect-type";
import {
  type ExtractedDocument,
  ExtractionFault,
  type ExtractionMessage,
  type TextLimits,
} from "@/server/tasks/extract/extracted-document";

const [type, limits] = JSON.parse(argv[2] ?? "") as [DocumentType, TextLimits];
// Libraries may talk on the console; standard output is for messages alone.
console.log = console.info = console.debug = console.error;

async function main(): Promise<void> {
  const document = await read(await buffer(stdin));
  if (document.pageCount > limits.maxPages) {
    throw new ExtractionFault("too_many_pages", `${document.pageCount} pages, at most ${limits.maxPages} are read`);
  }
  await send({ kind: "start", pageCount: document.pageCount, title: document.title });
  let characters = 0;
  for await (const page of document.pages) {
    characters += page.text.length;
    if (characters > limits.maxCharacters) {
      throw new ExtractionFault("too_much_text", `more than ${limits.maxCharacters} characters of text`, page.page);
    }
    await send({ kind: "page", ...page });
  }
  await send({ kind: "end" });
}

async function read(bytes: Buffer): Promise<ExtractedDocument> {
  switch (type) {
    case "application/pdf":
      return (await import("@/server/tasks/extract/read-pdf")).readPdf(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
      );
    case "text/html":
      return (await import("@/server/tasks/extract/read-html")).readHtml(textOf(bytes));
    case "text/markdown":
      return (await import("@/server/tasks/extract/read-markdown")).readMarkdown(textOf(bytes));
    case "text/plain":
      return (await import("@/server/tasks/extract/read-plain-text")).readPlainText(textOf(bytes));
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ExtractionFault("damaged", "it is not UTF-8 text", undefined, { cause });
  }
}

async function send(message: ExtractionMessage): Promise<void> {
  if (!stdout.write(`${JSON.stringify(message)}\n`)) await once(stdout, "drain");
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ExtractionFault)) throw error;
  await send({ kind: "fault", fault: error.kind, page: error.page, message: error.message });
}
await new Promise<void>((resolve) => stdout.end(resolve));
exit(0);
