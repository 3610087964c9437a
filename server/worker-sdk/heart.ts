import { freemem, loadavg, totalmem } from "node:os";
import type { Link } from "./link";
import type { Json } from "./orchestrator";
import { backoffMs, pause } from "./pause";
import { WireError } from "./wire-error";
import type { WorkerLog } from "./worker-log";

/** Beats out of turn come at most so often. */
const COOLDOWN_MS = 2_000;
const MOST_MS = 60_000;
const GIB = 1024 ** 3;

export interface Heart {
  /** Beats soon: something changed. */
  soon(): void;
  /** Beats now, once; rejects when it was not heard. */
  beat(status?: "draining" | "offline"): Promise<void>;
}

/** The heartbeat of one link: in turn, out of turn when something changed, and what its answers ask for. */
export function startHeart(options: {
  link: Link;
  intervalMs: number;
  /** Status, tasks and skills as they are now; `full` with the whole catalogue of skills. */
  state: (full: boolean) => Json;
  onCancel: (taskIds: string[]) => void;
  log: WorkerLog;
  stop: AbortSignal;
}): Heart {
  const { link, log, stop } = options;
  let isWanted = false;
  let waiting: AbortController | null = null;
  let isFull = false;
  let last = Number.NEGATIVE_INFINITY;

  async function beat(status?: string): Promise<number> {
    last = performance.now();
    const full = isFull;
    const body = { ...options.state(full), ...said(status), usage: usage() };
    const answer = await link.orchestrator.heartbeat(body);
    if (full) isFull = false;
    if (answer.require_full_sync === true) {
      isFull = true;
      soon();
    }
    if (Array.isArray(answer.cancel_task_ids)) options.onCancel(answer.cancel_task_ids.map(String));
    const jitter = Number(answer.next_heartbeat_jitter_ms ?? 0);
    return Number.isFinite(jitter) ? Math.min(MOST_MS, Math.max(0, jitter)) : 0;
  }

  function soon(): void {
    isWanted = true;
    waiting?.abort();
  }

  /** Waits for the next turn, or until somebody wants one sooner. */
  async function nextTurn(waitMs: number): Promise<void> {
    const turn = new AbortController();
    const end = () => turn.abort();
    stop.addEventListener("abort", end, { once: true });
    waiting = turn;
    if (!isWanted) await pause(waitMs, turn.signal);
    waiting = null;
    stop.removeEventListener("abort", end);
    if (isWanted) await pause(last + COOLDOWN_MS - performance.now(), stop);
    isWanted = false;
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stop.aborted) {
      let waitMs = options.intervalMs;
      try {
        await link.registered();
        waitMs += await beat();
        failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        if (error instanceof WireError && error.isUnknownWorker) {
          link.forgotten();
          // Who forgets it each time at once is not asked without end.
          if (failures++ === 0) continue;
        }
        log.warn("the heartbeat was not heard", {
          orchestrator: link.orchestrator.name,
          error: (error as Error).message,
        });
        const asked = error instanceof WireError ? error.retryAfterMs : null;
        waitMs = asked ?? Math.min(options.intervalMs, backoffMs(++failures, 500, MOST_MS));
      }
      await nextTurn(waitMs);
    }
  }

  void run();
  return { soon, beat: (status) => beat(status).then(() => undefined) };
}

/** Tasks that a goodbye lists are still finished; those that run on here are given back. */
function said(status: string | undefined): Json {
  if (status === undefined) return {};
  return status === "offline" ? { status, current_tasks: [] } : { status };
}

function usage(): Json {
  const [minute = 0] = loadavg();
  return {
    cpu_load_percent: Math.round(minute * 1_000) / 10,
    ram_used_gb: Math.round(((totalmem() - freemem()) / GIB) * 100) / 100,
  };
}
