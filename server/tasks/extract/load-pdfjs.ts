type Pdfjs = typeof import("pdfjs-dist/legacy/build/pdf.mjs");

/**
 * Loads the PDF library for text only. Its drawing side wants `DOMMatrix` at load time, in Node from a native canvas
 * package; nothing is drawn here, so an inert stand-in keeps native code away from files that strangers wrote.
 * The part that parses is given as a module, because in a bundle there is no file that it could be loaded from.
 */
export async function loadPdfjs(): Promise<Pdfjs> {
  const globals = globalThis as { DOMMatrix?: unknown; pdfjsWorker?: unknown };
  globals.DOMMatrix ??= class InertMatrix {};
  globals.pdfjsWorker ??= await import("pdfjs-dist/legacy/build/pdf.worker.mjs");
  return import("pdfjs-dist/legacy/build/pdf.mjs");
}
