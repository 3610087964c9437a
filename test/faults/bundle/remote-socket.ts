import { WebSocket } from "ws";
import { call, identity, NAME, socketUrl } from "./remote-calls";

let socket: WebSocket | null = null;

/** Keeps a WebSocket open, wherever there is a server; resolves never. */
export async function keepSocket(): Promise<never> {
  for (;;) {
    await new Promise<void>((over) => {
      const opened = new WebSocket(socketUrl(), { headers: identity() });
      socket = opened;
      opened.on("error", () => undefined); // it closes then
      opened.once("close", () => over());
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Says the same event by every way that there is, twice: it counts once. */
export async function tellTwice(attempt: string, n: number): Promise<void> {
  const event = {
    event_type: "halfway",
    origin_worker_id: NAME,
    target_task_id: attempt,
    event_id: `${attempt}-${n}`,
    payload: { n },
  };
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
  await call("POST", "/events", event);
  await call("POST", "/events", event);
}
