import { z } from "zod";
import { DEFAULT_MAX_BYTES } from "@/server/files/blob-store";
import { isDocumentType, typeMismatch } from "@/server/files/detect-type";
import { declareTask } from "@/server/tasks/declare-task";
import { fileReferenceSchema } from "@/server/tasks/document/document-schema";
import { statFile } from "@/server/tasks/document/open-file";

const input = z.object({
  documents: z.array(fileReferenceSchema).min(1).max(100),
  /** Per file. */
  max_bytes: z.int().positive().default(DEFAULT_MAX_BYTES),
});

/**
 * Looks at the files of a job without reading them through, for a choice to decide on. Returns
 * `{files: [{id, name, type, size}], file_count, total_bytes, unsupported, too_large, problems}`: `unsupported` and
 * `too_large` are counts, `problems` a sentence per file at fault. An unknown file is INVALID_INPUT_ERROR.
 */
export const inspectDocuments = declareTask({
  isolation: "inline",
  input,
  async run({ documents, max_bytes }, { files, progress }) {
    const seen = [];
    const problems: string[] = [];
    let unsupported = 0;
    let tooLarge = 0;
    let totalBytes = 0;
    for (const [index, id] of documents.entries()) {
      const { name, detectedType: type, size } = await statFile(files, id, `documents.${index}`);
      seen.push({ id, name, type, size });
      totalBytes += size;
      const fault =
        typeMismatch(name, type) ?? (isDocumentType(type) ? null : `"${name}" is ${type}, which cannot be read.`);
      if (fault) {
        unsupported += 1;
        problems.push(fault);
      }
      if (size > max_bytes) {
        tooLarge += 1;
        problems.push(`"${name}" has ${size} bytes; at most ${max_bytes} are taken.`);
      }
      progress((index + 1) / documents.length, name);
    }
    return {
      data: {
        files: seen,
        file_count: seen.length,
        total_bytes: totalBytes,
        unsupported,
        too_large: tooLarge,
        problems,
      },
    };
  },
});
