import type { ProgressRow } from "@/server/workers/task-progress";

export interface ProgressSaver {
  set(row: ProgressRow): void;
  /** The attempt is over: what was not saved yet is of no interest any more. */
  forget(jobId: string, no: number): void;
  stop(): void;
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
