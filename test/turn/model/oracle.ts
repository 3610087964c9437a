import type { BlueprintDocument } from "@/lib/blueprint/document";

/** All times are far above what a run takes, and below a tick or two: the database's own clock does not matter. */
export const TICK_MS = 700_000;
export const LEASE_MS = 600_000;
const RETRY_MS = 600_000;
const ATTEMPT_MS = 600_000;
const DEADLINE_MS = 1_200_000;
const MAX_ATTEMPTS = 2;
const MAX_LOSSES = 3;

const retry = { max_attempts: MAX_ATTEMPTS, base_ms: RETRY_MS, max_ms: RETRY_MS, jitter: false };
const limits = { retry, timeout_seconds: ATTEMPT_MS / 1000 };

/** A task, a fan-out that tolerates nothing, a question. */
export const MODEL_BLUEPRINT: BlueprintDocument = {
  name: "model",
  states: {
    first: { type: "task", start: true, task_type: "a", ...limits, transitions: { success: "fan", failure: "lost" } },
    fan: {
      type: "parallel",
      tasks: [
        { task_type: "a", ...limits },
        { task_type: "b", ...limits },
      ],
      aggregate_into: "ask",
      transitions: { failure: "lost" },
    },
    ask: {
      type: "approval",
      message: "Go on?",
      quorum: 2,
      deadline_seconds: DEADLINE_MS / 1000,
      transitions: { approved: "won", rejected: "lost", expired: "lost" },
    },
    won: { type: "end", outcome: "success" },
    lost: { type: "end", outcome: "failure" },
  },
};

export interface ModelTask {
  no: number;
  branch: number | null;
  fence: number;
  attempt: number;
  losses: number;
  at: "ready" | "retry";
  /** The session that claimed it. */
  holder: string | null;
  started: boolean;
  /** When somebody must look, on the model's clock. */
  dueAt: number | null;
}

/** What a job must be, by rules so simple that they can be read: no cache, no version, no statement. */
export class ModelJob {
  state: "first" | "fan" | "ask" | "won" | "lost" = "first";
  cancelled = false;
  tasks: ModelTask[] = [];
  votes = new Map<string, string>();
  questionDueAt: number | null = null;
  /** The number of its question, once asked. */
  question: number | null = null;

  constructor(readonly id: string) {}

  get open(): boolean {
    return !this.cancelled && this.state !== "won" && this.state !== "lost";
  }

  get status(): string {
    if (this.cancelled) return "cancelled";
    if (this.state === "won") return "finished";
    if (this.state === "lost") return "failed";
    if (this.state === "ask") return "waiting_for_human";
    if (this.state === "fan") return "waiting_for_parallel_tasks";
    return this.tasks[0]?.at === "retry" ? "awaiting_retry" : "waiting_for_worker";
  }

  /** The task that an attempt names, if its result counts. */
  current(no: number, fence: number): ModelTask | null {
    const task = this.open ? this.tasks.find((one) => one.no === no && one.fence === fence) : undefined;
    return task && task.at === "ready" ? task : null;
  }

  succeed(task: ModelTask, now: number): void {
    this.tasks = this.tasks.filter((one) => one !== task);
    if (this.state === "first") this.enter("fan", now);
    else if (this.tasks.length === 0) this.enter("ask", now);
  }

  fail(task: ModelTask, now: number, final: boolean): void {
    if (final || task.attempt >= MAX_ATTEMPTS) {
      this.enter("lost", now);
      return;
    }
    Object.assign(task, {
      at: "retry",
      attempt: task.attempt + 1,
      holder: null,
      started: false,
      dueAt: now + RETRY_MS,
    });
  }

  /** Our own workers hold tasks ahead: only one that had begun counts as lost. */
  lose(task: ModelTask, now: number): void {
    if (!task.started) this.again(task);
    else if (task.losses + 1 >= MAX_LOSSES) this.enter("lost", now);
    else this.again(task, { losses: task.losses + 1 });
  }

  again(task: ModelTask, more: Partial<ModelTask> = {}): void {
    Object.assign(task, { at: "ready", fence: task.fence + 1, holder: null, started: false, dueAt: null }, more);
  }

  start(task: ModelTask, session: string, now: number): void {
    Object.assign(task, { started: true, holder: session, dueAt: now + ATTEMPT_MS });
  }

  /** True when the vote counts. */
  vote(person: string, decision: "approved" | "rejected", now: number): boolean {
    if (this.state !== "ask" || this.cancelled || this.votes.has(person)) return false;
    this.votes.set(person, decision);
    if (decision === "rejected") this.enter("lost", now);
    else if ([...this.votes.values()].filter((word) => word === "approved").length >= 2) this.enter("won", now);
    return true;
  }

  cancel(): boolean {
    if (!this.open) return false;
    this.cancelled = true;
    this.tasks = [];
    this.questionDueAt = null;
    return true;
  }

  enter(state: ModelJob["state"], now: number): void {
    this.state = state;
    this.tasks = [];
    this.votes = new Map();
    this.questionDueAt = state === "ask" ? now + DEADLINE_MS : null;
  }
}
