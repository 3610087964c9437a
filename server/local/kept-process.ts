import { type ChildProcess, spawn } from "node:child_process";
import { prefixLines } from "@/server/local/prefixed-output";
import { endGroup, markOf, type ProcessMark } from "@/server/local/process-mark";

export interface KeptProcessOptions {
  /** Shown in front of its lines. */
  name: string;
  command: string;
  args: string[];
  /** Asked anew at each start. */
  env: () => NodeJS.ProcessEnv;
  cwd: string;
  /** It starts the real process itself and does not pass signals on. */
  isWatcher: boolean;
  say: (line: string) => void;
  /** Told of each new process, so that a later start can find it. */
  onStart: (mark: ProcessMark) => void;
  /** Told when it ended many times without ever having become ready, or once because of its configuration. */
  onHopeless: () => void;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** Having run this long it counts as healthy again. */
const healthyAfterMs = 60_000;
const hopelessAfter = 4;
const graceMs = 15_000;
/** Exit code of a process that a person has to set up differently (`server/start-fault.ts`). */
const CONFIG_FAULT = 78;

/** A process that is started again, with growing pauses, whenever it ends by itself. */
export class KeptProcess {
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #startedAt = 0;
  #everReady = false;
  #stopping = false;

  constructor(private readonly options: KeptProcessOptions) {}

  start(): void {
    const { command, args, cwd, env, name, onStart } = this.options;
    this.#startedAt = Date.now();
    // A group of its own: Ctrl-C reaches it only through us, in our order, and its children can be ended with it.
    const child = spawn(command, args, { cwd, env: env(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    if (child.pid !== undefined) onStart(markOf(child.pid));
    prefixLines(child.stdout, name, (text) => process.stdout.write(text));
    prefixLines(child.stderr, name, (text) => process.stderr.write(text));
    child.once("error", (error) => this.#ended(error.message));
    child.once("exit", (code, signal) => this.#ended(signal ?? `code ${code}`, code === CONFIG_FAULT));
  }

  /** It answered once: from now on it is restarted for as long as it takes. */
  becameReady(): void {
    this.#everReady = true;
  }

  /** Asks it to end, waits 15 s, then kills it and what it started. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const pid = this.#child?.pid;
    if (pid !== undefined) await endGroup(pid, graceMs, this.options.isWatcher);
  }

  /** Kills it at once. */
  kill(): void {
    this.#stopping = true;
    const pid = this.#child?.pid;
    if (pid !== undefined) void endGroup(pid, 0);
  }

  #ended(how: string, isConfigFault = false): void {
    if (this.#stopping) return;
    this.#child = undefined;
    this.#failures = Date.now() - this.#startedAt > healthyAfterMs ? 1 : this.#failures + 1;
    if (!this.#everReady && (isConfigFault || this.#failures >= hopelessAfter)) {
      this.options.onHopeless();
      return;
    }
    const pauseMs = Math.min(firstDelayMs * 2 ** (this.#failures - 1), longestDelayMs);
    this.options.say(`The ${this.options.name} process ended (${how}); starting it again in ${pauseMs / 1000} s`);
    this.#timer = setTimeout(() => this.start(), pauseMs);
  }
}
