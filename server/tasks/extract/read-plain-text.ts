import { cleanText } from "@/server/tasks/extract/clean-text";
import type { ExtractedDocument } from "@/server/tasks/extract/extracted-document";

/** Plain text as it is; a form feed is the page break that printers knew. */
export function readPlainText(text: string): ExtractedDocument {
  const pages = text.split("\f").map((part, index) => ({ page: index + 1, text: cleanText(part) }));
  return { pageCount: pages.length, pages };
}
