import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The processes of the product; Postgres is its postmaster with all its children. */
export type ProcessPids = Record<string, number>;

interface ProcessRow {
  pid: number;
  parent: number;
  /** Clock ticks of user and system time: its own, and those of children that ended and were waited for. */
  ticks: number;
}

let ticksPerSecond = 0;

/** Clock ticks per second of the operating system's accounting. */
function clockTicks(): number {
  ticksPerSecond ||= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return ticksPerSecond;
}

/** Null for a process that ended between the listing and the read. */
function readRow(pid: number): ProcessRow | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  // The name in parentheses may hold anything; what follows it is numbers, beginning with field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  return { pid, parent: Number(fields[1]), ticks: user + system + childUser + childSystem };
}

/**
 * Seconds of CPU, user and system, that each process has used so far, with its live descendants and with those that
 * ended: a backend that closed and an autovacuum worker that is done are in their parent's account.
 * Null where the operating system keeps no `/proc`.
 */
export function cpuSeconds(pids: ProcessPids): Record<string, number> | null {
  if (process.platform !== "linux") return null;
  const rows = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readRow(Number(name)) ?? []);
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) children.set(row.parent, [...(children.get(row.parent) ?? []), row]);
  const ticksOf = (row: ProcessRow): number =>
    (children.get(row.pid) ?? []).reduce((sum, child) => sum + ticksOf(child), row.ticks);
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => {
      const row = byPid.get(pid);
      if (!row) throw new Error(`the ${name} process (${pid}) does not run`);
      return [name, ticksOf(row) / clockTicks()];
    }),
  );
}

/** Microseconds of CPU per operation of each process, and of all together as `all`; null when nothing is accounted. */
export function cpuPerOperation(
  before: Record<string, number> | null,
  after: Record<string, number> | null,
  operations: number,
): Record<string, number> | null {
  if (!before || !after) return null;
  const each = Object.entries(after).map(([name, seconds]): [string, number] => [
    name,
    ((seconds - (before[name] ?? 0)) / operations) * 1e6,
  ]);
  return { ...Object.fromEntries(each), all: each.reduce((sum, [, value]) => sum + value, 0) };
}
