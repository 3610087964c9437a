import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostmaster } from "@/server/local/postmaster-pid";
import { endProcess, isAlive, sendSignal } from "@/server/local/process-info";

const prefix = "batuta-test-";

/** A fresh folder for throw-away servers, which Postgres' unprivileged user may pass through. */
export function makeRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "owner.pid"), String(process.pid));
  return folder;
}

/** Ends servers and removes folders of test runs that were killed before they could do it themselves. */
export async function removeAbandonedRunFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const owner = join(folder, "owner.pid");
    if (!existsSync(owner) || isAlive(Number(readFileSync(owner, "utf8")))) continue;
    const postmaster = findPostmaster(join(folder, "postgres", "data"));
    if (postmaster !== undefined) sendSignal(postmaster.pid, "SIGQUIT");
    const redisPid = join(folder, "redis", "redis.pid");
    if (existsSync(redisPid)) await endProcess(Number(readFileSync(redisPid, "utf8")), "SIGKILL", 1_000);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
