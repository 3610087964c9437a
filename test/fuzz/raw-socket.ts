import { connect } from "node:net";
import type { FuzzRow } from "./fuzz-target";
import { type RawCase, rawCases } from "./raw-cases";
import type { Credentials } from "./requests";

const QUIET_MS = 300;
const PATIENCE_MS = 4_000;

/** Sends each of them on a connection of its own; a fault is a 5xx, what had to be refused and was not, or a server that does not answer afterwards. */
export async function fuzzRawSockets(address: string, credentials: Credentials): Promise<FuzzRow> {
  const { hostname, port } = new URL(address);
  const row: FuzzRow = { id: "raw sockets", sent: 0, answers: {}, faults: [], statuses: {}, others: [] };
  await Promise.all(
    rawCases(credentials).map(async ({ name, send, refused }) => {
      row.sent += 1;
      const received = await talk(hostname, Number(port), send);
      const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d)(\d\d)/gm)];
      const digit = statuses[0]?.[1] ?? "closed";
      row.answers[digit] = (row.answers[digit] ?? 0) + 1;
      if (refused && digit !== "4" && digit !== "closed") row.faults.push(`${name}: taken, ${received.slice(0, 200)}`);
      if (statuses.some(([, first]) => first === "5")) row.faults.push(`${name}: ${received.slice(0, 200)}`);
    }),
  );
  const alive = await fetch(`${address}/healthz`).then(
    (answer) => answer.status,
    () => 0,
  );
  if (alive !== 200) row.faults.push(`the server does not answer any more: ${alive}`);
  return row;
}

/** Everything that came back until the other side closed, or was quiet for a while. */
function talk(host: string, port: number, send: RawCase["send"]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let received = "";
    let quiet: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(quiet);
      clearTimeout(limit);
      socket.destroy();
      resolve(received);
    };
    const limit = setTimeout(end, PATIENCE_MS);
    socket.on("data", (part) => {
      received += part.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(end, QUIET_MS);
    });
    socket.on("close", end);
    // A refused connection is one of the answers that are looked for.
    socket.on("error", end);
    void say(socket, send);
  });
}

async function say(socket: ReturnType<typeof connect>, send: RawCase["send"]): Promise<void> {
  for (const part of send) {
    if (typeof part === "number") await new Promise((resolve) => setTimeout(resolve, part));
    else if (part === "end") socket.end();
    else if (!socket.destroyed) socket.write(part);
  }
}
