import { z } from "zod";
import type { BlobStore } from "@/server/files/blob-store";
import { readLines } from "./json-lines";
import { openFile } from "./open-file";

const pageLine = z.object({ page: z.int().min(1), text: z.string() });

/** The pages of a text blob, as `extract_text` stores them. */
export async function* pagesOfText(files: BlobStore, blob: string): AsyncGenerator<z.infer<typeof pageLine>> {
  yield* readLines(await openFile(files, blob, "text_blob"), pageLine);
}
