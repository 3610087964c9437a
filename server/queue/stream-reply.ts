/** One entry as read: its id, and the text of its one field; null when it was deleted while pending. */
export interface StreamEntry {
  id: string;
  text: string | null;
}

/** Reads the reply of XREAD and XREADGROUP: entries by stream key. An empty read is an empty list. */
export function entriesByStream(reply: unknown): { key: string; entries: StreamEntry[] }[] {
  if (!Array.isArray(reply)) return [];
  return reply.map((stream: unknown) => {
    const [key, entries] = Array.isArray(stream) ? (stream as unknown[]) : [];
    return { key: String(key), entries: streamEntries(entries) };
  });
}

/** Reads a list of entries, as XRANGE and XAUTOCLAIM give it. */
export function streamEntries(list: unknown): StreamEntry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const [id, fields] = entry as unknown[];
    const text = Array.isArray(fields) && fields.length > 1 ? String(fields[1]) : null;
    return [{ id: String(id), text }];
  });
}

/** The first error among the replies of a pipeline or transaction; null when all went well. */
export function firstError(replies: [Error | null, unknown][] | null): Error | null {
  if (replies === null) return new Error("The transaction was dropped");
  for (const [error] of replies) if (error) return error;
  return null;
}
