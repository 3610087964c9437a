import { z } from "zod";

/** A reference to a stored file: its id alone, or an object that has it as `file` or `id`, as an upload answers it. */
export const fileReferenceSchema = z
  .union([z.string().min(1), z.object({ file: z.string().min(1) }), z.object({ id: z.string().min(1) })])
  .transform((reference) => {
    if (typeof reference === "string") return reference;
    return "file" in reference ? reference.file : reference.id;
  });

/** A document whose text has been taken out; what `extract_text` returns. */
export const extractedDocumentSchema = z.object({
  file: z.string().min(1),
  name: z.string(),
  type: z.string(),
  text_blob: z.string().min(1),
  pages: z.int().min(1),
  characters: z.int().min(0),
  title: z.string().optional(),
});

export type ExtractedDocumentData = z.infer<typeof extractedDocumentSchema>;

/** Where the text of a chunk is: bytes `offset … offset + length` of a blob hold its JSON line. */
export const chunkReferenceSchema = z.object({
  no: z.int().min(0),
  file: z.string(),
  page: z.int().min(1),
  blob: z.string().min(1),
  offset: z.int().min(0),
  length: z.int().min(2),
});

export type ChunkReference = z.infer<typeof chunkReferenceSchema>;
