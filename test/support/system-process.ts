import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { endProcess, waitForExit } from "@/server/local/process-info";

const READY_WITHIN_MS = 120_000;
const LINES_SHOWN = 40;

/** What runs now, of all tests of this process. */
const children = new Set<ChildProcess>();

/** A test run that ends early leaves nothing behind. */
function endWithThisProcess(child: ChildProcess): void {
  if (children.size === 0) process.once("exit", endChildren);
  children.add(child);
  child.once("exit", () => {
    children.delete(child);
    if (children.size === 0) process.off("exit", endChildren);
  });
}

function endChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** One process of the built system that a test starts, kills, pauses and starts again. */
export class SystemProcess {
  private child: ChildProcess | null = null;
  private exit: Promise<number | null> = Promise.resolve(null);
  private printed = "";

  constructor(
    private readonly options: {
      name: string;
      script: string;
      /** Of the script. */
      arguments?: string[];
      /** Of Node itself, before the script. */
      nodeArguments?: string[];
      cwd: string;
      env: NodeJS.ProcessEnv;
      url: string;
    },
  ) {}

  get running(): boolean {
    return this.child !== null;
  }

  /** Everything it printed, over all its lives. */
  get output(): string {
    return this.printed;
  }

  /** Starts it and waits until `/readyz` says 200; throws with what it printed when it ends before. */
  async start(): Promise<void> {
    if (this.child) throw new Error(`the ${this.options.name} process runs already`);
    const { script, arguments: given = [], nodeArguments = [], cwd, env } = this.options;
    const child = spawn(process.execPath, ["--enable-source-maps", ...nodeArguments, script, ...given], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    endWithThisProcess(child);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.printed += chunk.toString()));
    this.exit = new Promise((resolve) => {
      child.once("exit", (code) => {
        if (this.child === child) this.child = null;
        resolve(code);
      });
    });
    await this.ready();
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    const pid = this.processId;
    await endProcess(pid, "SIGKILL", 10_000);
    await this.exit;
  }

  /** SIGTERM; resolves with its exit code. */
  async end(): Promise<number | null> {
    const pid = this.processId;
    process.kill(pid, "SIGTERM");
    if (!(await waitForExit(pid, 60_000)))
      throw new Error(`the ${this.options.name} process did not end on SIGTERM\n${this.lastLines()}`);
    return this.exit;
  }

  /** SIGSTOP: it stands still, its connections stay open. */
  pause(): void {
    process.kill(this.processId, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.processId, "SIGCONT");
  }

  /** Ends it whatever its state. */
  async stop(): Promise<void> {
    if (this.child?.pid !== undefined) await endProcess(this.child.pid, "SIGKILL", 10_000);
  }

  lastLines(): string {
    return `--- ${this.options.name} ---\n${this.printed.trimEnd().split("\n").slice(-LINES_SHOWN).join("\n")}`;
  }

  /** Throws when it does not run. */
  get processId(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error(`the ${this.options.name} process does not run`);
    return pid;
  }

  private async ready(): Promise<void> {
    const end = Date.now() + READY_WITHIN_MS;
    while (this.child && Date.now() < end) {
      const answer = await fetch(`${this.options.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
        () => null,
      );
      if (answer?.ok) return;
      await delay(50);
    }
    throw new Error(`the ${this.options.name} process did not become ready\n${this.lastLines()}`);
  }
}
