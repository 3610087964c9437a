import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
import { cleanText, cleanTitle } from "@/server/tasks/extract/clean-text";
import { type ExtractedDocument, type ExtractedPage, ExtractionFault } from "@/server/tasks/extract/extracted-document";
import { loadPdfjs } from "@/server/tasks/extract/load-pdfjs";

/** A gap between lines above this many line heights starts a new paragraph. */
const PARAGRAPH_GAP = 1.6;

/**
 * Opens a PDF for its text. A file that cannot be opened or a page that cannot be read is an `ExtractionFault`;
 * missing fonts and pictures do not matter and are left alone.
 */
export async function readPdf(bytes: Uint8Array): Promise<ExtractedDocument> {
  const pdfjs = await loadPdfjs();
  const data = join(dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json")), sep);
  const loading = pdfjs.getDocument({
    data: bytes,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
    stopAtErrors: true,
    disableFontFace: true,
    useSystemFonts: false,
    isOffscreenCanvasSupported: false,
    cMapUrl: join(data, "cmaps", sep),
    cMapPacked: true,
    standardFontDataUrl: join(data, "standard_fonts", sep),
  });
  const document = await loading.promise.catch((error: unknown) => {
    throw openingFault(error);
  });
  const { info } = await document.getMetadata().catch(() => ({ info: {} }));
  return {
    title: cleanTitle((info as { Title?: unknown }).Title),
    pageCount: document.numPages,
    pages: readPages(document),
  };
}

async function* readPages(document: PDFDocumentProxy): AsyncGenerator<ExtractedPage> {
  for (let number = 1; number <= document.numPages; number += 1) {
    try {
      const page = await document.getPage(number);
      yield { page: number, text: cleanText(await readPage(page)) };
      page.cleanup();
    } catch (error) {
      throw new ExtractionFault("damaged", messageOf(error), number, { cause: error });
    }
  }
}

async function readPage(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent();
  let text = "";
  let lastY: number | null = null;
  for (const item of items) {
    if (!("str" in item)) continue;
    const y: number = item.transform[5];
    const height = item.height || Math.abs(item.transform[3]) || 1;
    const newParagraph = lastY !== null && item.str.trim() !== "" && Math.abs(lastY - y) > height * PARAGRAPH_GAP;
    if (newParagraph && text.endsWith("\n")) text += "\n";
    if (item.str.trim() !== "") lastY = y;
    text += item.hasEOL ? `${item.str}\n` : item.str;
  }
  return text;
}

function openingFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "PasswordException")
    return new ExtractionFault("encrypted", error.message, undefined, { cause: error });
  const damaged = ["InvalidPDFException", "FormatError", "UnknownErrorException", "ResponseException"];
  return damaged.includes(error.name)
    ? new ExtractionFault("damaged", error.message, undefined, { cause: error })
    : error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
