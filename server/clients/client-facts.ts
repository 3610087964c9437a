import type { JsonObject } from "@/lib/json";

/** What is known of a client goes into each of its jobs. */
export const MOST_FACTS_BYTES = 16 * 1024;

/** What is wrong with the size of what a client's jobs will be told; null: nothing. */
export function factsFault(facts: { params: JsonObject; config: JsonObject }): string | null {
  const bytes = Buffer.byteLength(JSON.stringify(facts));
  return bytes <= MOST_FACTS_BYTES
    ? null
    : `has ${bytes} bytes of params and other keys; at most ${MOST_FACTS_BYTES} are allowed, because each of its jobs gets them`;
}
