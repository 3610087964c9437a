import { readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { commandLine, isAlive } from "@/server/local/process-info";

/** What a Postgres server writes about itself into its data directory. */
export interface Postmaster {
  pid: number;
  port: number;
  /** The server accepts connections. */
  ready: boolean;
}

/** Reads `postmaster.pid`; `undefined` when it is missing or not written to its end yet. */
export function readPostmaster(dataDirectory: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number.isInteger(port) ? port : 0, ready: lines[7]?.trim() === "ready" };
}

/** The running server of this data directory, if there is one. */
export function findPostmaster(dataDirectory: string): Postmaster | undefined {
  const postmaster = readPostmaster(dataDirectory);
  if (postmaster === undefined || !isAlive(postmaster.pid)) return undefined;
  // After a reboot, or in a new container, the number may belong to somebody else by now.
  return commandLine(postmaster.pid).includes(dataDirectory) ? postmaster : undefined;
}

/** Postgres itself trusts a stale file when another process took its number; removing it is only safe after `findPostmaster`. */
export function removeStalePid(dataDirectory: string): void {
  rmSync(join(dataDirectory, "postmaster.pid"), { force: true });
}

/** Whether a Postgres server answers on this port of 127.0.0.1 (asks for TLS and reads the one-letter answer). */
export function answersAsPostgres(port: number, timeoutMs = 2_000): Promise<boolean> {
  const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(sslRequest));
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once("error", () => finish(false));
    socket.once("close", () => finish(false));
    socket.once("data", (data) => finish(data[0] === 0x4e || data[0] === 0x53));
  });
}
