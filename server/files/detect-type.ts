import { extensionOf } from "@/server/files/file-name";

/** What the content of a file was found to be. */
export type DetectedType =
  | "application/pdf"
  | "text/html"
  | "text/markdown"
  | "text/plain"
  | "application/octet-stream"
  | `${"image" | "audio" | "video" | "application"}/${string}`;

export const documentTypes = ["application/pdf", "text/markdown", "text/html", "text/plain"] as const;
export type DocumentType = (typeof documentTypes)[number];

export function isDocumentType(type: string): type is DocumentType {
  return (documentTypes as readonly string[]).includes(type);
}

/** How a type is called in messages. */
export const typeNames: Record<DocumentType, string> = {
  "application/pdf": "PDF",
  "text/html": "HTML",
  "text/markdown": "Markdown",
  "text/plain": "plain text",
};

const typeByExtension: Record<string, DocumentType> = {
  ".pdf": "application/pdf",
  ".html": "text/html",
  ".htm": "text/html",
  ".xhtml": "text/html",
  ".md": "text/markdown",
  ".markdown": "text/markdown",
  ".txt": "text/plain",
  ".text": "text/plain",
};

/** Readers accept a PDF whose header stands anywhere in the first kibibyte. */
const PDF_HEADER_WITHIN_BYTES = 1024;
const HEAD_BYTES = 4096;

const signatures: { type: DetectedType; bytes: number[]; at?: number }[] = [
  { type: "image/png", bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: "image/jpeg", bytes: [0xff, 0xd8, 0xff] },
  { type: "image/gif", bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: "image/tiff", bytes: [0x49, 0x49, 0x2a, 0x00] },
  { type: "image/tiff", bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { type: "image/webp", bytes: [0x57, 0x45, 0x42, 0x50], at: 8 },
  { type: "application/zip", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { type: "application/gzip", bytes: [0x1f, 0x8b] },
  { type: "application/x-7z-compressed", bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { type: "application/vnd.rar", bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
  { type: "application/x-ole-storage", bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
  { type: "application/x-executable", bytes: [0x7f, 0x45, 0x4c, 0x46] },
  { type: "application/x-msdownload", bytes: [0x4d, 0x5a, 0x90, 0x00] },
  { type: "application/postscript", bytes: [0x25, 0x21, 0x50, 0x53] },
];

/** What the name, or without a telling extension the sender's media type, says the file is; null when neither says it. */
export function claimedType(name: string, contentType?: string): DocumentType | null {
  const byName = typeByExtension[extensionOf(name)];
  if (byName) return byName;
  if (extensionOf(name) !== "") return null;
  const media = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return isDocumentType(media) ? media : null;
}

/**
 * Finds the type of a file while it streams by: magic bytes from the head, and over the whole stream whether it is
 * UTF-8 without NUL. Markdown cannot be told from plain text by content, so there the name decides.
 */
export class TypeDetector {
  private head = Buffer.alloc(0);
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private text = true;

  push(chunk: Uint8Array): void {
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    if (!this.text) return;
    this.text = !chunk.includes(0) && this.decodes(chunk, true);
  }

  /** To be called once, after the last chunk. */
  finish(name: string, contentType?: string): DetectedType {
    const pdfAt = this.head.subarray(0, PDF_HEADER_WITHIN_BYTES).indexOf("%PDF-");
    if (pdfAt === 0) return "application/pdf";
    const signed = signatures.find(({ bytes, at = 0 }) => bytes.every((byte, i) => this.head[at + i] === byte));
    if (signed) return signed.type;
    const text = this.text && this.decodes(new Uint8Array(), false);
    if (!text) return pdfAt > 0 ? "application/pdf" : "application/octet-stream";
    return textType(this.head.toString("utf8"), claimedType(name, contentType));
  }

  private decodes(chunk: Uint8Array, stream: boolean): boolean {
    try {
      this.decoder.decode(chunk, { stream });
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }
}

function textType(head: string, claimed: DocumentType | null): DetectedType {
  const start = head.replace(/^\ufeff/, "").replace(/^(?:\s|<\?xml[^>]*>|<!--[\s\S]*?-->)+/, "");
  const wholePage = /^<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])/i.test(start);
  if (wholePage) return "text/html";
  // A fragment without <html> is HTML only where the name says so: Markdown may begin with a tag too.
  if (claimed === "text/html" && /<[a-z][a-z0-9]*(?:\s[^>]*)?\/?>/i.test(head)) return "text/html";
  return claimed === "text/markdown" ? "text/markdown" : "text/plain";
}

/**
 * The fault of a file whose content is not what its name says, as a sentence naming the file, the claim and the truth;
 * null when they agree or nothing was claimed.
 */
export function typeMismatch(name: string, detected: DetectedType, contentType?: string): string | null {
  const claimed = claimedType(name, contentType);
  if (claimed === null || claimed === detected) return null;
  const is = isDocumentType(detected) ? typeNames[detected] : `neither a document nor UTF-8 text (${detected})`;
  const fix =
    detected === "application/octet-stream" && claimed !== "application/pdf"
      ? "Save it as UTF-8 text, or upload the right file."
      : "Rename it to what it is, or upload the right file.";
  return `"${name}" claims to be ${typeNames[claimed]} but its content is ${is}. ${fix}`;
}
