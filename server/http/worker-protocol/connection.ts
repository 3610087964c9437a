import type { ServerResponse } from "node:http";

/** What becomes of the connection that an answer goes to. */
export interface Connection {
  /** Aborted when the connection is gone before it was answered. */
  readonly gone: AbortSignal;
  /** Calls back when the connection is gone before it was answered, at once if it is so; returns what takes that back. */
  onGone(callback: () => void): () => void;
  /** Calls back when the connection closed before the answer had left this process. */
  onUnsent(callback: () => void): void;
}

/** The connection that `node:http` answers through. */
export class NodeConnection implements Connection {
  private controller: AbortController | null = null;

  constructor(private readonly outgoing: ServerResponse) {}

  get gone(): AbortSignal {
    if (this.controller) return this.controller.signal;
    const made = new AbortController();
    this.controller = made;
    // What was answered whole is gone from nobody.
    if (this.isGone()) made.abort();
    else this.onUnsent(() => made.abort());
    return made.signal;
  }

  onGone(callback: () => void): () => void {
    if (this.isGone()) callback();
    else this.outgoing.on("close", callback);
    return () => this.outgoing.off("close", callback);
  }

  onUnsent(callback: () => void): void {
    const look = () => {
      if (!this.outgoing.writableFinished) callback();
    };
    if (this.isGone()) look();
    else this.outgoing.on("close", look);
  }

  private isGone(): boolean {
    const { outgoing } = this;
    return outgoing.destroyed || outgoing.closed || outgoing.socket?.destroyed === true;
  }
}

/** What the abort signal of a request tells of its connection. */
export function signalConnection(signal: AbortSignal): Connection {
  return {
    gone: signal,
    onGone(callback) {
      if (signal.aborted) callback();
      else signal.addEventListener("abort", callback, { once: true });
      return () => signal.removeEventListener("abort", callback);
    },
    onUnsent(callback) {
      if (signal.aborted) callback();
      else signal.addEventListener("abort", callback, { once: true });
    },
  };
}
