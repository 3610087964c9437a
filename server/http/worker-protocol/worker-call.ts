import type { Socket } from "node:net";
import type { JsonValue } from "@/lib/json";
import type { Connection } from "./connection";

/**
 * One request of the worker protocol, whoever serves it: `node:http` itself on the way that most workers take, the API
 * app elsewhere.
 */
export interface WorkerCall {
  readonly method: string;
  /** Below `/_worker`, without the query. */
  readonly path: string;
  /** A WebSocket is asked for. */
  readonly upgrade: boolean;
  /** The connection that it came through, where that is known. */
  readonly socket: Socket | undefined;
  /** `name` in lower case. */
  header(name: string): string | undefined;
  query(name: string): string | undefined;
  /** The body. Throws 413 beyond `maxBytes`, 415 for a compressed one, 400 for what is not UTF-8. */
  text(maxBytes?: number): Promise<string>;
  /** What becomes of the connection that the answer goes to. */
  connection(): Connection;
}

export interface WorkerAnswer {
  status: number;
  /** Text; null: none. */
  body: string | null;
  headers: Record<string, string>;
}

/** An answer with a JSON body. */
export function json(body: JsonValue | object, status = 200): WorkerAnswer {
  return jsonText(JSON.stringify(body), status);
}

/** An answer whose body is JSON text already. */
export function jsonText(text: string, status = 200): WorkerAnswer {
  return { status, body: text, headers: { "content-type": "application/json" } };
}

/** 204. */
export function nothing(): WorkerAnswer {
  return { status: 204, body: null, headers: {} };
}
