import { Worker } from "node:worker_threads";
import type { SlotSettings } from "../messages";
import type { HostEvents, SlotHost } from "./slot-host";

export interface ThreadHostOptions {
  /** URL of the built module that calls `serveSlot`. */
  entry: URL;
  /** The whole environment of the thread. */
  env: Record<string, string>;
  /** Limit of its JavaScript heap, in MiB. Buffers are not in it. */
  heapMb: number;
  execArgv: string[];
}

/** Starts a thread. A start that fails comes through `onExit`. */
export function startThread(options: ThreadHostOptions, settings: SlotSettings, events: HostEvents): SlotHost {
  let failure: Error | null = null;
  let exited = false;
  const worker = startWorker(options, settings);
  worker.on("message", events.onMessage);
  worker.on("messageerror", (error) => {
    failure = error;
    void worker.terminate();
  });
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on("exit", (exitCode) => {
    exited = true;
    const outOfMemory = isOutOfMemory(failure);
    events.onExit({ exitCode, signal: null, outOfMemory, error: failure, abandoned: false });
  });
  worker.unref();
  return {
    threadId: worker.threadId,
    pid: process.pid,
    post: (message) => worker.postMessage(message),
    kill: () => {
      if (!exited) void worker.terminate();
    },
    residentBytes: () => null,
  };
}

function startWorker(options: ThreadHostOptions, settings: SlotSettings): Worker {
  const { NODE_OPTIONS, ...others } = options.env;
  const start = (env: Record<string, string>) =>
    new Worker(options.entry, {
      argv: [JSON.stringify(settings)],
      env,
      execArgv: options.execArgv,
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
      // What escapes the capture of its output must not mix with ours.
      stdout: true,
      stderr: true,
      name: `batuta-slot-${settings.slot}`,
    });
  try {
    return start(options.env);
  } catch (error) {
    // Options of the whole process (`--use-openssl-ca`) hold for its threads anyhow, and may not be given to one.
    if (NODE_OPTIONS === undefined || !isAboutOptions(error)) throw error;
    return start(others);
  }
}

function isAboutOptions(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_INVALID_EXEC_ARGV";
}

function isOutOfMemory(error: Error | null): boolean {
  return error !== null && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
