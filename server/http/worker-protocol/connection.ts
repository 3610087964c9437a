import type { ServerResponse } from "node:http";
import type { Context } from "hono";

/** What becomes of the connection that an answer goes to. */
export interface Connection {
  /** Aborted when the connection is gone. */
  gone: AbortSignal;
  /** Calls back when the connection closed before the answer had left this process. */
  onUnsent(callback: () => void): void;
}

/** The connection of a request: of `node:http` where that serves it, else what its abort signal tells. */
export function connectionOf(c: Context): Connection {
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
  return outgoing ? nodeConnection(outgoing) : signalConnection(c.req.raw.signal);
}

function nodeConnection(outgoing: ServerResponse): Connection {
  const controller = new AbortController();
  const gone = () => outgoing.destroyed || outgoing.closed || outgoing.socket?.destroyed === true;
  if (gone()) controller.abort();
  else outgoing.once("close", () => controller.abort());
  return {
    gone: controller.signal,
    onUnsent(callback) {
      const look = () => {
        if (!outgoing.writableFinished) callback();
      };
      if (gone()) look();
      else outgoing.once("close", look);
    },
  };
}

function signalConnection(signal: AbortSignal): Connection {
  return {
    gone: signal,
    onUnsent(callback) {
      if (signal.aborted) callback();
      else signal.addEventListener("abort", callback, { once: true });
    },
  };
}
