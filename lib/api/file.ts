import { z } from "zod";

/** Largest file that is taken in. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

/** An uploaded file; what a blueprint's file field takes. `type` is what its content says, not its name. */
export const fileAnswer = z
  .object({
    file_id: z.string(),
    name: z.string(),
    size: z.number().int(),
    type: z.string(),
    sha256: z.string().optional(),
  })
  .meta({ id: "File" });

export const uploadQuery = z.object({ filename: z.string().max(255).optional() });

export type FileAnswer = z.infer<typeof fileAnswer>;
