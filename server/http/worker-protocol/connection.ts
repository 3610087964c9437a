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
export function nodeConnection(outgoing: ServerResponse): Connection {
  const gone = () => outgoing.destroyed || outgoing.closed || outgoing.socket?.destroyed === true;
  let controller: AbortController | null = null;
  return {
    get gone() {
      if (controller) return controller.signal;
      const made = new AbortController();
      controller = made;
      if (gone()) made.abort();
      // What was answered whole is gone from nobody.
      else
        outgoing.once("close", () => {
          if (!outgoing.writableFinished) made.abort();
        });
      return made.signal;
    },
    onGone(callback) {
      if (gone()) callback();
      else outgoing.once("close", callback);
      return () => outgoing.off("close", callback);
    },
    onUnsent(callback) {
      const look = () => {
        if (!outgoing.writableFinished) callback();
      };
      if (gone()) look();
      else outgoing.once("close", look);
    },
  };
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
