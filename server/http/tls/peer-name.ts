import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

const names = new WeakMap<Socket, string | null>();

/**
 * The common name in the client certificate of a connection, if that was verified against our CA; else null. Of several
 * names none counts.
 */
export function peerNameOf(socket: Socket | undefined): string | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  const known = names.get(socket);
  if (known !== undefined) return known;
  // Absent members, and an empty object, stand for no certificate; several names are a list.
  const subject: unknown = socket.getPeerCertificate().subject?.CN;
  const name = typeof subject === "string" && subject !== "" ? subject : null;
  names.set(socket, name);
  return name;
}
