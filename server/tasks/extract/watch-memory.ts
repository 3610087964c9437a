import { readFile } from "node:fs/promises";

const EVERY_MS = 250;

/**
 * Calls `onExceeded` once when the resident memory of a process passes a limit in MiB; the answer stops watching.
 * Only Linux tells a process's memory in a file; elsewhere the heap limit alone holds.
 */
export function watchMemory(pid: number | undefined, limitMb: number, onExceeded: () => void): () => void {
  if (process.platform !== "linux" || pid === undefined) return () => undefined;
  const timer = setInterval(async () => {
    const residentKb = await residentKilobytes(pid);
    if (residentKb === null) return clearInterval(timer);
    if (residentKb <= limitMb * 1024) return;
    clearInterval(timer);
    onExceeded();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** Null when the process is gone. */
async function residentKilobytes(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
    return found ? Number(found[1]) : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}
