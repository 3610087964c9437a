import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { LIFE_FD } from "../child/watch-executor";
import type { FromSlot, SlotSettings } from "../messages";
import { signalGroup } from "./process-group";
import type { HostEvents, HostExit, SlotHost } from "./slot-host";

export interface ProcessHostOptions {
  /** URL of the built module that calls `serveSlot`. */
  entry: URL;
  /** The whole environment of the process. */
  env: Record<string, string>;
  /** Limit of its JavaScript heap, in MiB. Buffers are not in it. */
  heapMb: number;
  execArgv: string[];
}

/** Code may have its own idea of SIGTERM; of SIGKILL nobody has. */
const TERM_MS = 300;
/** What a process said last may come after its end, unless a program that left its group holds the line. */
const LAST_WORDS_MS = 500;
const KEPT_STDERR_CHARACTERS = 8192;
const PAGE_BYTES = 4096;

/** Starts a process, as the leader of a group of its own. A start that fails comes through `onExit`. */
export function startProcess(options: ProcessHostOptions, settings: SlotSettings, events: HostEvents): SlotHost {
  const child = fork(fileURLToPath(options.entry), [JSON.stringify(settings)], {
    env: options.env as NodeJS.ProcessEnv,
    execArgv: [...options.execArgv, `--max-old-space-size=${options.heapMb}`],
    serialization: "advanced",
    // What it starts is ended with it.
    detached: true,
    // The last one is its life: it ends when this end is gone, with the thread or the process that holds it.
    stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
  });
  const stderr = lastWords(child.stderr);
  child.stdout?.resume();
  child.on("message", (message) => events.onMessage(message as FromSlot));
  watchEnd(child, stderr, events);
  letGo(child);
  return {
    threadId: null,
    pid: child.pid ?? null,
    // A process that is gone says so through its exit.
    post: (message) => void (child.connected && child.send(message, () => undefined)),
    kill: () => killFor(child),
    residentBytes: () => residentBytes(child.pid),
  };
}

function killFor(child: ChildProcess): void {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), TERM_MS);
  child.once("exit", () => clearTimeout(timer));
}

function watchEnd(child: ChildProcess, stderr: { text: string }, events: HostEvents): void {
  let told = false;
  const tell = (exit: Pick<HostExit, "exitCode" | "signal" | "error">) => {
    if (told) return;
    told = true;
    const outOfMemory = /heap out of memory|Array buffer allocation failed/i.test(stderr.text);
    const error = exit.error ?? (stderr.text.trim() ? new Error(stderr.text.trim()) : null);
    events.onExit({ ...exit, outOfMemory, error, abandoned: false });
  };
  child.on("error", (error) => {
    // Also what could not be sent, or killed: then its exit tells more.
    if (child.pid === undefined) tell({ exitCode: null, signal: null, error });
  });
  child.once("exit", (exitCode, signal) => {
    signalGroup(child, "SIGKILL");
    const end = { exitCode, signal, error: null };
    const timer = setTimeout(() => tell(end), LAST_WORDS_MS);
    Promise.all([disconnected(child), ended(child.stderr)]).then(() => {
      clearTimeout(timer);
      tell(end);
    });
  });
}

function disconnected(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.connected) child.once("disconnect", resolve);
    else resolve();
  });
}

function ended(stream: Readable | null): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null || stream.readableEnded || stream.destroyed) return resolve();
    stream.once("close", resolve);
  });
}

function lastWords(stream: Readable | null): { text: string } {
  const kept = { text: "" };
  stream?.setEncoding("utf8").on("data", (text: string) => {
    kept.text = (kept.text + text).slice(-KEPT_STDERR_CHARACTERS);
  });
  return kept;
}

/** It must not keep this process up. */
function letGo(child: ChildProcess): void {
  child.unref();
  const life = child.stdio[LIFE_FD];
  // It broke because the process has ended, which says so itself.
  life?.on("error", () => undefined);
  for (const handle of [child.channel, child.stdout, child.stderr, life]) {
    if (handle && "unref" in handle && typeof handle.unref === "function") handle.unref();
  }
}

/** Only Linux tells it in a file; null elsewhere, and when the process is gone. */
function residentBytes(pid: number | undefined): number | null {
  if (process.platform !== "linux" || pid === undefined) return null;
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}
