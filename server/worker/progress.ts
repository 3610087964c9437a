import { storableText } from "@/server/workers/storable-json";

/** The last progress of one attempt. */
export interface ProgressRow {
  jobId: string;
  no: number;
  fence: number;
  /** 0…1 */
  progress: number;
  message: string | null;
}

export interface ProgressSaver {
  set(row: ProgressRow): void;
  /** The attempt is over: what was not saved yet is of no interest any more. */
  forget(jobId: string, no: number): void;
  stop(): void;
}

const MAX_MESSAGE_LENGTH = 500;

/** Brings a fraction from anywhere into 0…1; what is no number counts as no progress. */
export function fractionOf(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/** A progress message as it is stored: short, and without what Postgres refuses. */
export function progressMessageOf(message: unknown): string | null {
  if (typeof message !== "string" || message === "") return null;
  return storableText(message.slice(0, MAX_MESSAGE_LENGTH));
}

/**
 * Keeps the last progress of each attempt and saves what changed, all attempts at once, at most every `everyMs`.
 * A failed save is only reported: the next one carries newer values anyway.
 */
export function createProgressSaver(options: {
  save: (rows: ProgressRow[]) => Promise<void>;
  everyMs: number;
  onError: (error: unknown) => void;
}): ProgressSaver {
  const changed = new Map<string, ProgressRow>();
  let timer: NodeJS.Timeout | undefined;
  let saving = false;

  function plan(): void {
    if (timer !== undefined || saving || changed.size === 0) return;
    timer = setTimeout(() => void saveAll(), options.everyMs);
    timer.unref();
  }

  async function saveAll(): Promise<void> {
    timer = undefined;
    const rows = [...changed.values()];
    changed.clear();
    if (rows.length === 0) return;
    saving = true;
    try {
      await options.save(rows);
    } catch (error) {
      options.onError(error);
    }
    saving = false;
    plan();
  }

  return {
    set(row) {
      changed.set(`${row.jobId}.${row.no}`, row);
      plan();
    },
    forget(jobId, no) {
      changed.delete(`${jobId}.${no}`);
    },
    stop() {
      clearTimeout(timer);
      changed.clear();
    },
  };
}
