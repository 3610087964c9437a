import { writeSync } from "node:fs";

// Stands in place of server/fault-point.ts in the bundles of the fault run, and nowhere else.

/** Longer than the leases of the run, so that who stands still is given up meanwhile. */
const STALL_MS = 3_800;

interface Armed {
  name: string;
  left: number;
  mode: string;
}

let armed: Armed | null = parse(process.env.FAULT_AT ?? "");
process.on("message", (text) => {
  armed = parse(String(text));
});

/** Reads `<name>:<n>:<exit|throw|stall>`: at the n-th time that the point is passed. */
function parse(text: string): Armed | null {
  const [name, count, mode] = text.split(":");
  return name && count && mode ? { name, left: Number(count), mode } : null;
}

export function faultPoint(name: string): void {
  if (armed?.name !== name) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  const { mode } = armed;
  armed = null;
  // The controller reads it; nothing that is buffered would survive.
  writeSync(2, `\nfault point ${name}: ${mode}\n`);
  if (mode === "throw") throw new Error(`fault point ${name}`);
  if (mode === "exit") process.kill(process.pid, "SIGKILL");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
}
