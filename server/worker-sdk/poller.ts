import { randomUUID } from "node:crypto";
import { NoAnswerError } from "./http-client";
import type { Link } from "./link";
import type { Json, TaskPayload } from "./orchestrator";
import { backoffMs, pause } from "./pause";
import type { TasksInHand } from "./tasks-in-hand";
import type { Turns } from "./turns";
import { WireError } from "./wire-error";
import type { WorkerLog } from "./worker-log";
import type { Allowance } from "./worker-options";

const FIRST_MS = 250;
const MOST_MS = 60_000;
/** A server that answers an empty poll at once is asked again no sooner than this. */
const LEAST_ROUND_MS = 500;
/** Without `Retry-After`. */
const LIMITED_MS = 5_000;
const SAME_ANSWER_TRIES = 3;
/** Another poll may come back empty, and leave its share. */
const SPENT_MS = 250;

export interface PollerOptions {
  turns: Turns;
  hand: TasksInHand;
  query: () => Json;
  onTask: (link: Link, payload: TaskPayload) => void;
  /** Absent: without limit. */
  allowance: Allowance | undefined;
  /** Polls that wait for an answer, of all pollers. */
  open: { open: number };
  log: WorkerLog;
  stop: AbortSignal;
}

/** Asks for tasks, one after the other, while there is a place for one; ends when `stop` is aborted. Never rejects. */
export async function poller(options: PollerOptions): Promise<void> {
  const { hand, allowance, log, stop } = options;
  let failures = 0;
  while (await hand.takePlace(stop)) {
    const granted = allowance?.ask(1) ?? 1;
    if (granted === 0) {
      hand.freePlace();
      await pause(SPENT_MS, stop);
      continue;
    }
    const began = performance.now();
    let found = false;
    let waitMs = 0;
    try {
      found = await oneRound(options);
      failures = 0;
    } catch (error) {
      if (!stop.aborted) {
        failures++;
        waitMs = waitAfter(error, failures);
        log.warn("could not poll", { error: (error as Error).message, waitMs: Math.round(waitMs) });
      }
    }
    allowance?.came(granted, found ? 1 : 0);
    if (found) continue;
    hand.freePlace();
    await pause(Math.max(waitMs, began + LEAST_ROUND_MS - performance.now()), stop);
  }
}

/** True when a task was found; it has the place then. Rejects when an orchestrator failed and none had a task. */
async function oneRound({ turns, query, onTask, open, stop }: PollerOptions): Promise<boolean> {
  let failure: unknown = null;
  for (const { link, holdMs } of turns.order()) {
    if (stop.aborted) return false;
    try {
      await link.registered();
      open.open++;
      const payload = await askOne(link, query(), holdMs, stop).finally(() => open.open--);
      if (!payload) continue;
      onTask(link, payload);
      return true;
    } catch (error) {
      if (error instanceof WireError && error.isUnknownWorker) link.forgotten();
      failure = error;
    }
  }
  if (failure !== null) throw failure;
  return false;
}

/** An answer that got lost on the way is asked for again by the same name. */
async function askOne(link: Link, query: Json, holdMs: number, stop: AbortSignal): Promise<TaskPayload | null> {
  const requestId = randomUUID();
  for (let tries = 1; ; tries++) {
    try {
      return await link.orchestrator.poll(query, holdMs, requestId, stop);
    } catch (error) {
      if (!(error instanceof NoAnswerError) || stop.aborted || tries >= SAME_ANSWER_TRIES) throw error;
      await pause(backoffMs(tries, FIRST_MS, MOST_MS), stop);
    }
  }
}

function waitAfter(error: unknown, failures: number): number {
  if (error instanceof WireError) {
    if (error.isUnknownWorker && failures === 1) return 0;
    if (error.retryAfterMs !== null) return error.retryAfterMs;
    if (error.status === 429) return LIMITED_MS * failures;
  }
  return backoffMs(failures, FIRST_MS, MOST_MS);
}
