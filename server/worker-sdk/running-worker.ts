import { runAttempt } from "./attempt";
import { type Command, listenForCommands } from "./commands";
import { type Heart, startHeart } from "./heart";
import { createLink, type Link } from "./link";
import { createOrchestrator, type Json, type TaskPayload } from "./orchestrator";
import { poller } from "./poller";
import { sendResult } from "./send-result";
import type { Skill } from "./skill";
import { createTasksInHand } from "./tasks-in-hand";
import { createTurns } from "./turns";
import { registrationOf, skillsHash } from "./worker-card";
import type { WorkerLog } from "./worker-log";
import type { WorkerOptions } from "./worker-options";

const CONCURRENCY = 4;
const POLLS = 4;
const SHARED_POLLS = 2;
const POLL_SECONDS = 30;
const HEARTBEAT_MS = 10_000;
const DRAIN_MS = 30_000;
/** How long the last words of a worker that stops may take. */
const GOODBYE_MS = 5_000;

export interface WorkerState {
  isDraining: boolean;
  /** Attempts whose code runs. */
  running: number;
  /** Attempts that have ended and whose results are not answered yet. */
  unreported: number;
  /** Polls that wait for an answer. */
  polling: number;
  /** Whether each orchestrator knows the worker, by its host. */
  registered: Record<string, boolean>;
}

export interface Worker {
  /**
   * Registers and begins to take tasks; resolves when one orchestrator has registered it. Rejects with that one's
   * `WireError` when every one refuses it (a wrong token, a bad name); one that is away is tried until `stop`.
   */
  start(): Promise<void>;
  /**
   * Takes no more, waits for running tasks up to `limitMs` (`drainMs` unless told), gives back what still runs, says
   * goodbye. Safe to call twice: a second call with a shorter limit shortens it.
   */
  stop(limitMs?: number): Promise<void>;
  /** The same as `stop`. */
  drain(limitMs?: number): Promise<void>;
  /** Marks a skill as ready to begin at once, or no more. */
  setHot(skill: string, isHot?: boolean): void;
  state(): WorkerState;
}

/** A worker of checked options. */
export function createRunningWorker(options: WorkerOptions, hostname: string, log: WorkerLog): Worker {
  const skills = new Map<string, Skill>(options.skills.map((skill) => [skill.name, skill]));
  const concurrency = options.concurrency ?? CONCURRENCY;
  const hand = createTasksInHand(concurrency);
  const hot = new Set(options.hotSkills ?? []);
  /** Ends polls; ends everything; ends the waiting for answers to results. */
  const [draining, ended, hurried] = [new AbortController(), new AbortController(), new AbortController()];
  const hash = skillsHash(options);
  const hearts = new Map<Link, Heart>();
  const beatSoon = () => {
    for (const heart of hearts.values()) heart.soon();
  };
  const describe = () => registrationOf(options, hostname, concurrency, [...hot], hash);

  const links = options.orchestrators.map((one) => {
    const orchestrator = createOrchestrator(one, options.workerId, options.sign ?? true, log);
    return createLink({ orchestrator, describe, onRegistered: () => undefined, log, stop: ended.signal });
  });
  /** Running tasks are waited for no longer. */
  const over = new AbortController();
  const polls = { open: 0 };
  let stopping: Promise<void> | null = null;
  let isStarted = false;

  function stateOf(link: Link, full: boolean): Json {
    const mine = hand.of(link.orchestrator);
    const running = hand.running();
    const status = draining.signal.aborted
      ? "draining"
      : running >= concurrency
        ? "full"
        : running > 0
          ? "busy"
          : "idle";
    return {
      worker_id: options.workerId,
      status,
      current_tasks: mine.map(({ payload }) => payload.task_id),
      available_skills: running >= concurrency ? [] : [...skills.keys()],
      hot_skills: [...hot],
      skills_hash: hash,
      ...(full ? { supported_skills: options.skills.map(({ card }) => card) } : {}),
    };
  }

  function onCommand({ command, taskId, jobId, params }: Command): void {
    if (command !== "cancel_task") {
      try {
        options.onCommand?.({ command, taskId: taskId ?? undefined, jobId: jobId ?? undefined, params });
      } catch (error) {
        log.error("a command failed", { command, error: (error as Error).message });
      }
      return;
    }
    if (taskId !== null && hand.stop(taskId, "cancelled")) log.info("cancelled", { task_id: taskId });
  }

  /** Has the place that its poll took. */
  async function work(link: Link, payload: TaskPayload): Promise<void> {
    const task = { orchestrator: link.orchestrator, payload, stopping: new AbortController(), isRunning: true };
    hand.add(task);
    beatSoon();
    try {
      const result = await runAttempt(task, skills.get(payload.type), options.workerId, log).finally(() => {
        task.isRunning = false;
        hand.freePlace();
      });
      if (result && !ended.signal.aborted) await sendResult(link, result, log, hurried.signal);
    } finally {
      hand.remove(task);
      beatSoon();
    }
  }

  function begin(): void {
    for (const link of links) {
      const onCancel = (ids: string[]) => {
        for (const id of ids) if (hand.stop(id, "cancelled")) log.info("cancelled", { task_id: id });
      };
      const state = (full: boolean) => stateOf(link, full);
      const intervalMs = options.heartbeatMs ?? HEARTBEAT_MS;
      hearts.set(link, startHeart({ link, intervalMs, state, onCancel, log, stop: ended.signal }));
      if (options.websocket ?? true)
        void listenForCommands({ link, workerId: options.workerId, onCommand, log, stop: ended.signal });
    }
    const turns = createTurns(links, options.mode ?? "waterfall", (options.pollSeconds ?? POLL_SECONDS) * 1_000);
    const query = () => ({
      available_skills: [...skills.keys()].join(","),
      ...(hot.size > 0 ? { hot_skills: [...hot].join(",") } : {}),
    });
    const onTask = (link: Link, payload: TaskPayload) => {
      work(link, payload).catch((error: Error) =>
        log.error("a task failed in the worker itself", { error: error.message }),
      );
    };
    // Empty polls are limited: with several orchestrators they are held for shorter, so there are fewer of them.
    const usual = links.length === 1 ? POLLS : Math.max(SHARED_POLLS, links.length);
    const count = Math.min(concurrency, options.polls ?? usual);
    for (let each = 0; each < count; each++)
      void poller({
        turns,
        hand,
        query,
        onTask,
        allowance: options.allowance,
        open: polls,
        log,
        stop: draining.signal,
      });
  }

  async function end(): Promise<void> {
    draining.abort();
    const known = [...hearts].filter(([link]) => link.isRegistered).map(([, heart]) => heart);
    const say = (status: "draining" | "offline") =>
      within(Promise.allSettled(known.map((heart) => heart.beat(status))), GOODBYE_MS);
    if (hand.running() > 0) await say("draining");
    await Promise.race([hand.empty(), aborted(over.signal)]);
    hurried.abort();
    // What still runs is given back by the goodbye; a result of it would come too late.
    hand.stopAll("drained");
    await within(hand.empty(), GOODBYE_MS);
    ended.abort();
    await say("offline");
    for (const { orchestrator } of links) orchestrator.close();
    log.info("stopped", {});
  }

  const stop = async (limitMs = options.drainMs ?? DRAIN_MS): Promise<void> => {
    const timer = setTimeout(() => over.abort(), limitMs);
    stopping ??= end();
    await stopping;
    clearTimeout(timer);
  };

  return {
    async start() {
      if (isStarted) throw new Error("The worker was started already");
      isStarted = true;
      await firstOf(links.map((link) => link.registered()));
      if (!draining.signal.aborted) begin();
    },
    stop,
    drain: stop,
    setHot(skill, isHot = true) {
      if (!skills.has(skill)) throw new TypeError(`No skill is called ${skill}`);
      if (isHot) hot.add(skill);
      else hot.delete(skill);
      beatSoon();
    },
    state: () => ({
      isDraining: draining.signal.aborted,
      running: hand.running(),
      unreported: hand.held() - hand.running(),
      polling: polls.open,
      registered: Object.fromEntries(links.map((link) => [link.orchestrator.name, link.isRegistered])),
    }),
  };
}

/** Resolves with the first success; rejects with the first failure when all failed. */
function firstOf(all: Promise<void>[]): Promise<void> {
  return Promise.any(all).catch((error: AggregateError) => {
    throw error.errors[0];
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
