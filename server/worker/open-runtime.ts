import { pathToFileURL } from "node:url";
import type { Registry } from "prom-client";
import { builtEntry } from "@/server/built-entry";
import { localFiles } from "@/server/files/local-job-files";
import type { Log } from "@/server/log";
import type { TaskSet } from "@/server/tasks/task-set";
import { BridgeError } from "./bridge/bridge-error";
import { createInlineExecutor, type InlineExecutorOptions } from "./bridge/inline-executor";
import type { PoolEvent } from "./bridge/pool/pool-options";
import { createProcessExecutor } from "./bridge/process-executor";
import { createThreadExecutor } from "./bridge/thread-executor";
import { watchMemory } from "./memory-limit";
import type { CallTargets } from "./slot/answer-calls";
import { performTask } from "./slot/perform";
import { type FilesPlace, taskContext } from "./slot/task-context";
import { createSlotMetrics } from "./slot-metrics";
import { type AttemptExecution, createTaskRuntime, type TaskRuntime } from "./task-runtime";

export interface RuntimeParts extends CallTargets {
  tasks: TaskSet;
  /** Attempts at once; so many threads, and so many processes, are started at most, each when it is first needed. */
  slots: number;
  place: FilesPlace;
  /** The environment of threads and processes. */
  environment: Record<string, string>;
  /** JavaScript heap of each of them, MiB; 512 unless told. */
  heapMb?: number;
  /** Resident memory above which tasks are ended, MiB: of this process with its threads, and of each process. Null: no limit. */
  maxRssMb?: number | null;
  log: Pick<Log, "debug" | "info" | "warn" | "error">;
  /** Kills, recycles and slots are counted there. */
  registry: Registry;
}

export interface OpenRuntime extends TaskRuntime {
  /** Resolves, with the reason, when this process uses too much memory for good and should end. */
  readonly exhausted: Promise<string>;
}

/** The runtime of a worker process, with its threads and processes. */
export function openRuntime({
  tasks,
  slots,
  place,
  environment,
  heapMb,
  maxRssMb = null,
  log,
  registry,
  ...targets
}: RuntimeParts): OpenRuntime {
  const onEvent = (event: PoolEvent) => {
    metrics.note(event);
    logEvent(log, event);
  };
  const own = { slots, onEvent, entry: slotEntry, env: environment, maxRssMb, ...(heapMb ? { heapMb } : {}) };
  const executors = {
    thread: createThreadExecutor(own),
    process: createProcessExecutor(own),
    inline: createInlineExecutor({ slots, onEvent, load: inlineTasks(tasks, place, targets) }),
  };
  const runtime = createTaskRuntime({ tasks, executors, files: place, log, ...targets });
  const metrics = createSlotMetrics(registry, runtime.slots, slots);
  return maxRssMb === null ? { ...runtime, exhausted: new Promise(() => undefined) } : withLimit(runtime, maxRssMb);
}

function withLimit(runtime: TaskRuntime, maxRssMb: number): OpenRuntime {
  const memory = watchMemory(maxRssMb, runtime.slots);
  return {
    ...runtime,
    exhausted: memory.exhausted,
    blocked: () => runtime.blocked() ?? memory.tooMuch(),
    close() {
      memory.stop();
      return runtime.close();
    },
  };
}

/** The built `slot/main.ts`. */
function slotEntry(): URL {
  const from = import.meta.url;
  return pathToFileURL(builtEntry({ file: "task-slot.js", source: "server/worker/slot/main.ts", from }));
}

/** Tasks beside the worker's own work: they have its stores themselves. */
function inlineTasks(
  tasks: TaskSet,
  place: FilesPlace,
  { stores, clientOf }: CallTargets,
): InlineExecutorOptions["load"] {
  const ownership = place.operators === null || clientOf === null ? null : { clientOf, operators: place.operators };
  const files = localFiles(place.root, ownership);
  return async ({ name }) => {
    const task = tasks.find(name);
    if (!task) throw new BridgeError("INVALID_TASK", `This worker has no task '${name}'`);
    return async (params, slot) => {
      const execution = slot.request as AttemptExecution;
      execution.outcome = await performTask(
        name,
        task.declared,
        params,
        taskContext(execution.facts, slot, files, stores),
      );
      return "";
    };
  };
}

function logEvent(log: RuntimeParts["log"], event: PoolEvent): void {
  const { kind, ...fields } = event;
  if (kind === "recycled") log.debug("a slot was replaced", fields);
  if (kind === "killed") log.warn("a slot was ended with the task that it ran", fields);
  if (kind === "fault") log.error("code that had returned threw an error", fields);
  if (kind === "zombie") log.error("a slot cannot be ended: its task blocks in a native call", fields);
  if (kind === "spawn-failed") log.error("a slot could not be started", fields);
  if (kind === "unavailable") log.error(event.reason ? "no slot can be started" : "slots can be started again", fields);
}
