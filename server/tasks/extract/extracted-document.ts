/** Why a document cannot be read; shown to people in the words of `run-extraction`. */
export type ExtractionFaultKind = "encrypted" | "damaged" | "too_many_pages" | "too_much_text";

export interface ExtractedPage {
  /** From 1. HTML and Markdown have one; plain text has more only where it holds form feeds. */
  page: number;
  text: string;
}

/** What a reader makes of a document. Pages are made one at a time, as they are asked for. */
export interface ExtractedDocument {
  title?: string | undefined;
  pageCount: number;
  pages: AsyncIterable<ExtractedPage> | Iterable<ExtractedPage>;
}

/** A document that cannot be read, as opposed to a bug of the reader. */
export class ExtractionFault extends Error {
  override readonly name = "ExtractionFault";

  constructor(
    readonly kind: ExtractionFaultKind,
    message: string,
    readonly page?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface TextLimits {
  maxPages: number;
  /** Characters (UTF-16 units) of all pages together. */
  maxCharacters: number;
}

/** One line that the child writes to its standard output, as JSON. */
export type ExtractionMessage =
  | { kind: "start"; pageCount: number; title?: string | undefined }
  | ({ kind: "page" } & ExtractedPage)
  | { kind: "end" }
  | { kind: "fault"; fault: ExtractionFaultKind; page?: number | undefined; message: string };
