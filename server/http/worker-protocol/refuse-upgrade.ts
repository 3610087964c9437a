import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Answers a handshake that is refused as plain HTTP, and closes. */
export async function refuseUpgrade(socket: Duplex, status: number, answer?: Response): Promise<void> {
  const body = answer ? await answer.text() : "";
  const headers = new Headers(answer?.headers);
  headers.set("connection", "close");
  headers.set("content-length", String(Buffer.byteLength(body)));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
