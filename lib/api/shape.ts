import { z } from "zod";
import type { JsonObject, JsonValue } from "@/lib/json";

/** Shapes that several requests and responses share. All of the wire is snake_case JSON. */

/** Plain JSON of any shape; prototype keys, NUL and deep nesting are refused before a schema sees it. */
export const jsonValue = z.unknown().meta({ description: "Any JSON value" }) as z.ZodType<JsonValue>;
export const jsonObject = z
  .record(z.string(), z.unknown())
  .meta({ description: "Any JSON object" }) as unknown as z.ZodType<JsonObject>;

export const jobId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a job id (a lower-case uuid)")
  .meta({ description: "A job's id (uuid v7)", example: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b" });

/** ISO 8601, UTC, as in `2026-01-31T09:30:00.123Z`. */
export const timestamp = z.string().meta({ format: "date-time", description: "ISO 8601, UTC" });

export const blueprintName = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1–128 letters, digits, _ or -");

/** How many rows a page has. */
export const pageLimit = (fallback: number, most: number) =>
  z.coerce
    .number()
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(most, `must be at most ${most}`)
    .default(fallback);

/** Where the next page begins: the value of the header `X-Next-Cursor` of the page before. */
export const pageCursor = z.string().max(200).optional();

export const actor = z
  .object({
    kind: z.enum(["client", "operator", "worker", "engine"]),
    id: z.string(),
    name: z.string().optional(),
    bulk: jobId.optional().meta({ description: "The bulk job that did it for them" }),
  })
  .meta({ id: "Actor", description: "Who did something" });

export const failure = z
  .object({ code: z.string(), message: z.string(), state: z.string().optional() })
  .meta({ id: "Failure", description: "Why a job failed or stands in quarantine" });

export type JobFailure = z.infer<typeof failure>;

/** The header that carries the next page's cursor; absent on the last page. */
export const NEXT_CURSOR_HEADER = "X-Next-Cursor";
