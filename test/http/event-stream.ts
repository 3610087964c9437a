import { createSseParser, type SseMessage } from "@/lib/sse";
import { CLIENT_TOKEN } from "@/test/http/api-host";

/** A browser's side of a live stream over a real socket. */
export interface EventStream {
  messages: SseMessage[];
  status: number;
  /** The last SSE id seen. */
  lastId(): string | null;
  /** Waits until the messages satisfy it; fails after a minute with what there was. */
  until(done: (messages: SseMessage[]) => boolean): Promise<void>;
  /** Resolves when the server ends the stream. */
  ended: Promise<void>;
  close(): void;
}

export async function openStream(
  url: string,
  headers: Record<string, string> = { "x-client-token": CLIENT_TOKEN },
): Promise<EventStream> {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  const parser = createSseParser();
  const messages: SseMessage[] = [];
  const read = async () => {
    if (!response.body) return;
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      messages.push(...parser.push(decoder.decode(chunk, { stream: true })));
  };
  const ended = read().catch(() => undefined);
  return {
    messages,
    status: response.status,
    lastId: () => parser.lastId,
    async until(done) {
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10)))
        if (done(messages)) return;
      throw new Error(`the stream had only ${JSON.stringify(messages.slice(-20))}`);
    },
    ended,
    close: () => controller.abort(),
  };
}

/** All events of a job that a stream brought, in the order they came. */
export function eventsOf(messages: readonly SseMessage[], jobId: string): { seq: number; event_type: string }[] {
  return messages
    .filter((message) => message.event === "events")
    .map((message) => JSON.parse(message.data) as { job_id: string; events: { seq: number; event_type: string }[] })
    .filter((data) => data.job_id === jobId)
    .flatMap((data) => data.events);
}

/** The changes that a stream brought. */
export function changesOf(
  messages: readonly SseMessage[],
): { job_id: string; version: number; status: string; display_status: string }[] {
  return messages.filter((message) => message.event === "jobs").flatMap((message) => JSON.parse(message.data).changes);
}
