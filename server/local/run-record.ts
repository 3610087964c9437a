import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryBeside } from "@/server/local/data-folder";
import { createExclusively } from "@/server/local/exclusive-file";
import { endGroup, isSameProcess, markOf, type ProcessMark } from "@/server/local/process-mark";
import { SetupError } from "@/server/local/setup-error";

/** What runs in a data folder, kept in `<data folder>/run.json` (mode 0600: the addresses hold passwords). */
export interface RunRecord {
  supervisor: ProcessMark;
  /** It is ending what it started. */
  stopping?: boolean;
  address?: string;
  databaseUrl?: string;
  redisUrl?: string;
  /** Port of the worker's probes. */
  workerPort?: number;
  children: Record<string, ProcessMark>;
}

export interface RunFile {
  /** Changes the record and writes it. */
  update(change: Partial<RunRecord>): void;
  remove(): void;
}

/** How long to wait for a stopping supervisor, and for one that has yet to notice that its npm was killed. */
const stoppingWaitMs = 30_000;
const noticeWaitMs = 1_500;
/** Short: nobody waits for an orphan's answers, and what it had in hand is recovered like after any crash. */
const graceMs = 3_000;

/**
 * Claims a data folder for this process. Ends what a killed supervisor left running (its web and worker processes;
 * Postgres and Redis are taken over by their own launchers). Throws when another supervisor runs there.
 */
export async function claimDataFolder(dataFolder: string, say: (line: string) => void): Promise<RunFile> {
  const file = join(dataFolder, "run.json");
  const record: RunRecord = { supervisor: markOf(process.pid), children: {} };
  const began = Date.now();
  while (!createExclusively(file, serialise(record))) {
    const previous = readRecord(file);
    if (previous !== undefined && isSameProcess(previous.supervisor)) {
      if (Date.now() - began > (previous.stopping ? stoppingWaitMs : noticeWaitMs))
        throw alreadyRunning(previous, dataFolder);
      await delay(200);
      continue;
    }
    if (previous !== undefined) await endLeftovers(previous, say);
    rmSync(file, { force: true });
  }
  return {
    update(change) {
      Object.assign(record, change);
      const unfinished = temporaryBeside(file);
      writeFileSync(unfinished, serialise(record), { mode: 0o600 });
      renameSync(unfinished, file);
    },
    remove: () => rmSync(file, { force: true }),
  };
}

function serialise(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** `undefined` for a file that was cut off by a kill or a full disk. */
function readRecord(file: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunRecord;
  } catch {
    return undefined;
  }
}

async function endLeftovers(previous: RunRecord, say: (line: string) => void): Promise<void> {
  const alive = Object.entries(previous.children).filter(([, mark]) => isSameProcess(mark));
  if (alive.length === 0) return;
  say(`Ending what an earlier start left running: ${alive.map(([name]) => name).join(", ")}`);
  await Promise.all(alive.map(([, mark]) => endGroup(mark.pid, graceMs, true)));
}

function alreadyRunning(previous: RunRecord, dataFolder: string): SetupError {
  const where = previous.address === undefined ? "" : ` at ${previous.address}`;
  return new SetupError(
    `Batuta runs already with the data in ${dataFolder}${where} (process ${previous.supervisor.pid}).`,
    `Use that one, end it with \`kill ${previous.supervisor.pid}\`, or set BATUTA_DATA_DIR and PORT for a second one.`,
  );
}
