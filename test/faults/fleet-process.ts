import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcess } from "@/server/local/process-info";

const READY_WITHIN_MS = 180_000;
const RESPAWN_MS = 300;
const POINT = /fault point ([\w.]+): (\w+)/g;

export interface FleetProcessOptions {
  name: string;
  script: string;
  env: Record<string, string>;
  logFile: string;
  /** Its `/readyz`; without one it is ready when it prints `registered`. */
  readyUrl?: string;
}

/** A run that ends early leaves nothing behind. */
const everyone = new Set<FleetProcess>();
function endEveryone(): void {
  for (const one of everyone) one.killNow();
}

/** A process of the run that comes back when it dies, as a service manager would bring it. */
export class FleetProcess {
  readonly name: string;
  /** Lives so far. */
  lives = 0;
  /** Deaths that nobody of the run caused: a signal or a code of its own. */
  readonly unexpected: string[] = [];
  /** Deaths by SIGKILL that came from within: a task's. */
  selfKills = 0;
  private child: ChildProcess | null = null;
  private printed = "";
  private stopped = false;
  private awaitedDeath = false;
  private respawnMs = RESPAWN_MS;
  /** What is to go off here, also in its next life. */
  private armed = "";
  private paused = false;
  private respawn: Promise<void> = Promise.resolve();
  private readonly passed: string[] = [];

  constructor(private readonly options: FleetProcessOptions) {
    this.name = options.name;
    if (everyone.size === 0) process.once("exit", endEveryone);
    everyone.add(this);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child !== null && !this.paused;
  }

  /** Fault points that went off here, as `<name>:<mode>`. */
  get hits(): readonly string[] {
    return this.passed;
  }

  /** Starts it; resolves when it is ready. */
  async start(): Promise<void> {
    this.lives += 1;
    this.printed = "";
    const child = spawn(process.execPath, [this.options.script], {
      env: { ...this.options.env, FAULT_AT: this.armed } as unknown as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.child = child;
    this.awaitedDeath = false;
    this.respawnMs = RESPAWN_MS;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => this.read(chunk.toString()));
    child.once("exit", (code, signal) => this.died(child, signal ?? `code ${code}`));
    child.on("error", () => undefined);
    await this.ready(child);
  }

  /** `kill -9`; it comes back after `respawnMs`. */
  kill(respawnMs: number): void {
    this.end("SIGKILL", respawnMs);
  }

  /** `kill -9` with no way back. */
  killNow(): void {
    this.stopped = true;
    this.child?.kill("SIGKILL");
  }

  /** SIGTERM; it comes back when it has ended. */
  terminate(): void {
    this.end("SIGTERM", 100);
  }

  /** SIGSTOP for so long, then SIGCONT. */
  async standStill(ms: number): Promise<void> {
    const child = this.child;
    if (!child || this.paused) return;
    this.paused = true;
    child.kill("SIGSTOP");
    await sleep(ms);
    this.paused = false;
    child.kill("SIGCONT");
  }

  /** Arms a fault point, `<name>:<n>:<mode>`, now or from its next life on; an empty text disarms it. */
  arm(point: string): void {
    this.armed = point;
    if (this.child?.connected) this.child.send(point, () => undefined);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.child?.pid !== undefined) {
      this.child.kill("SIGCONT");
      await endProcess(this.child.pid, "SIGKILL", 10_000);
    }
    await this.respawn;
  }

  private read(text: string): void {
    appendFileSync(this.options.logFile, text);
    this.printed = (this.printed + text).slice(-20_000);
    for (const [, name, mode] of text.matchAll(POINT)) {
      this.passed.push(`${name}:${mode}`);
      this.armed = "";
      if (mode === "exit") this.awaitedDeath = true;
    }
  }

  private end(signal: NodeJS.Signals, respawnMs: number): void {
    this.awaitedDeath = true;
    this.respawnMs = respawnMs;
    this.child?.kill(signal);
  }

  private died(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = null;
    if (this.stopped) return;
    // A task of the run ends its own worker; whatever else ends by itself is a finding.
    if (!this.awaitedDeath && how === "SIGKILL") this.selfKills += 1;
    if (!this.awaitedDeath && how !== "SIGKILL") this.unexpected.push(`${how}: ${this.printed.trim().slice(-600)}`);
    this.respawn = this.respawn.then(() => this.back(this.respawnMs));
  }

  private async back(afterMs: number): Promise<void> {
    await sleep(afterMs);
    for (let tries = 0; !this.stopped && this.child === null; tries += 1) {
      try {
        await this.start();
      } catch (error) {
        if (tries === 3) this.unexpected.push(String(error));
      }
      await sleep(100);
    }
  }

  private async ready(child: ChildProcess): Promise<void> {
    const { readyUrl } = this.options;
    for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end && this.child === child; await sleep(50)) {
      if (!readyUrl) {
        if (this.printed.includes("registered")) return;
        continue;
      }
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
      if (answer?.ok) return;
    }
    // Whoever died is started again by its death.
    if (this.child === child) throw new Error(`${this.name} did not become ready: ${this.printed.slice(-600)}`);
  }
}
