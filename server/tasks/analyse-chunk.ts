import { text } from "node:stream/consumers";
import { z } from "zod";
import { declareTask } from "@/server/tasks/declare-task";
import { analyseText } from "@/server/tasks/document/analysis";
import { chunkReferenceSchema } from "@/server/tasks/document/document-schema";
import { parseLine } from "@/server/tasks/document/json-lines";
import { openFile } from "@/server/tasks/document/open-file";

export const chunkLineSchema = z.object({ no: z.int(), file: z.string(), page: z.int(), text: z.string() });

/**
 * Analyses one chunk, reading only its own bytes. Returns the `ChunkAnalysis`:
 * `{no, file, page, language, language_confidence, keywords, personal_data, readability, words}`.
 */
export const analyseChunk = declareTask({
  input: z.object({ chunk: chunkReferenceSchema }),
  async run({ chunk }, { files }) {
    const source = await openFile(files, chunk.blob, "chunk", { offset: chunk.offset, length: chunk.length });
    return { data: { ...analyseText(parseLine(await text(source), chunkLineSchema)) } };
  },
});
