import type { Server, ServerResponse } from "node:http";

/**
 * Prepares a server for its end; call it before the first request. `drain` takes no more connections, finishes the requests
 * that are under way, and ends each connection with its answer: whoever keeps one open learns that it has to go elsewhere.
 */
export function drainable(server: Server): { drain(): Promise<void> } {
  const open = new Set<ServerResponse>();
  let isDraining = false;
  server.prependListener("request", (_request, response: ServerResponse) => {
    if (isDraining) sayLast(response);
    open.add(response);
    response.once("close", () => open.delete(response));
  });
  return {
    drain() {
      isDraining = true;
      for (const response of open) sayLast(response);
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close");
}
