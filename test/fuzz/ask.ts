import { Agent, type IncomingMessage, request } from "node:http";
import type { FuzzRequest } from "./requests";

export interface Asked {
  status: number;
  headers: Headers;
  /** Null: a stream, of which only the head was looked at. */
  text: string | null;
}

export interface Asker {
  /** Sends the request as it is; rejects when no answer came in time. */
  ask(sent: FuzzRequest, patienceMs?: number): Promise<Asked>;
  close(): void;
}

/** Beyond the longest that an answer is held back on request. */
const PATIENCE_MS = 35_000;

/** Nobody waited for the answer any longer. */
export class GoneError extends Error {
  override readonly name = "GoneError";
}

/** Asks the server at this address over a few connections that are kept. */
export function createAsker(address: string): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(address);
  const once = (sent: FuzzRequest, patienceMs: number) =>
    new Promise<Asked>((resolve, reject) => {
      const { method, path, headers, body } = sent;
      const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const going = request(
        { hostname, port, agent, method, path, headers: { ...headers, ...length }, timeout: patienceMs },
        (response) => resolve(answerOf(response)),
      );
      going.on("timeout", () => going.destroy(new GoneError(`no answer in ${patienceMs} ms`)));
      going.on("error", reject);
      going.end(body ?? undefined);
    });
  return {
    async ask(sent, patienceMs = PATIENCE_MS) {
      try {
        return await once(sent, patienceMs);
      } catch (error) {
        // A kept connection may close just as it is used again; a second time it is the server's fault.
        if (!["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        return once(sent, patienceMs);
      }
    },
    close: () => agent.destroy(),
  };
}

async function answerOf(response: IncomingMessage): Promise<Asked> {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const status = response.statusCode ?? 0;
  if (/event-stream/.test(headers.get("content-type") ?? "")) {
    response.destroy();
    return { status, headers, text: null };
  }
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status, headers, text: Buffer.concat(parts).toString() };
}
