import type { BlobStore } from "@/server/files/blob-store";
import { localFiles } from "@/server/files/local-job-files";
import type { TaskContext, TaskLog, TaskStores } from "@/server/tasks/task-function";
import type { LogRecord } from "@/server/worker/bridge/executor";
import type { SlotContext } from "@/server/worker/bridge/slot-context";
import { farStores } from "./far-stores";

/** What a slot is told of an attempt beside its parameters, as JSON text. */
export interface AttemptFacts {
  jobId: string;
  taskId: string;
  attempt: number;
  idempotencyKey: string;
}

/** Where the files are, for whoever opens them anew. */
export interface FilesPlace {
  /** Folder of the files. */
  root: string;
  /** Whose jobs may use what operators uploaded; null: nobody can tell whose a job is, and every file is good. */
  operators: number | null;
}

/** The context of a task in a thread or process of its own: files are opened here, the database is the worker's alone. */
export function farContext(slot: SlotContext): TaskContext {
  const { facts, place } = JSON.parse(slot.contextText) as { facts: AttemptFacts; place: FilesPlace };
  const clientOf = async (jobId: string) => JSON.parse(await slot.call("clientOf", JSON.stringify(jobId)));
  const ownership = place.operators === null ? null : { clientOf, operators: place.operators };
  return taskContext(facts, slot, localFiles(place.root, ownership), farStores(slot.call));
}

/** The context of a task, from what there is where it runs. */
export function taskContext(facts: AttemptFacts, slot: SlotContext, files: BlobStore, stores: TaskStores): TaskContext {
  return new SlotTaskContext(facts, slot, files, stores);
}

/** What a short task rarely looks at is made when it is looked at. */
class SlotTaskContext implements TaskContext {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  private jobFiles: BlobStore | null = null;

  constructor(
    facts: AttemptFacts,
    private readonly slot: SlotContext,
    private readonly allFiles: BlobStore,
    readonly stores: TaskStores,
  ) {
    this.jobId = facts.jobId;
    this.taskId = facts.taskId;
    this.attempt = facts.attempt;
    this.idempotencyKey = facts.idempotencyKey;
  }

  get signal(): AbortSignal {
    return this.slot.signal;
  }

  get progress(): TaskContext["progress"] {
    return this.slot.progress;
  }

  get files(): BlobStore {
    this.jobFiles ??= this.allFiles.ofJob?.(this.jobId) ?? this.allFiles;
    return this.jobFiles;
  }

  get log(): TaskLog {
    return taskLog(this.slot.log);
  }
}

function taskLog(write: (record: LogRecord) => void): TaskLog {
  const at = (level: LogRecord["level"]) => (message: string, fields?: Record<string, unknown>) =>
    write({ level, message, ...(fields ? { fields } : {}) });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
