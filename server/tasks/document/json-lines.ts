import type { Readable } from "node:stream";
import type { z } from "zod";
import { TaskError } from "@/server/tasks/task-function";

/** One JSON text a line. */
export function toLine(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** Reads a blob of JSON lines; a line that is not what it should be is CONTRACT_VIOLATION: another task wrote it. */
export async function* readLines<T>(source: Readable, schema: z.ZodType<T>): AsyncGenerator<T> {
  let rest: Buffer[] = [];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, at));
      yield parseLine(Buffer.concat(rest).toString("utf8"), schema);
      rest = [];
      from = at + 1;
    }
    rest.push(chunk.subarray(from));
  }
}

export function parseLine<T>(line: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new TaskError("CONTRACT_VIOLATION", "A stored line of text is not JSON.", { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TaskError(
    "CONTRACT_VIOLATION",
    `A stored line of text has another shape: ${parsed.error.issues[0]?.message}`,
  );
}
