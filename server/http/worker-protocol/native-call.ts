import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { readIncoming } from "../read-body";
import { NodeConnection } from "./connection";
import type { WorkerCall } from "./worker-call";

const BASE = "/_worker";

/** A request as `node:http` gives it: nothing is made of it that nobody asks for. */
export class NativeCall implements WorkerCall {
  readonly upgrade = false;
  readonly path: string;
  private readonly search: string;
  private searched: URLSearchParams | null = null;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    const url = request.url ?? "";
    const mark = url.indexOf("?");
    this.path = url.slice(BASE.length, mark < 0 ? undefined : mark);
    this.search = mark < 0 ? "" : url.slice(mark + 1);
  }

  get method(): string {
    return this.request.method ?? "";
  }

  get socket(): Socket {
    return this.request.socket;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  query(name: string): string | undefined {
    this.searched ??= new URLSearchParams(this.search);
    return this.searched.get(name) ?? undefined;
  }

  text(maxBytes?: number): Promise<string> {
    return readIncoming(this.request, maxBytes);
  }

  connection(): NodeConnection {
    return new NodeConnection(this.response);
  }
}
