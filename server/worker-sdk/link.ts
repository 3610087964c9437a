import type { Json, Orchestrator } from "./orchestrator";
import { backoffMs, pause } from "./pause";
import { WireError } from "./wire-error";
import type { WorkerLog } from "./worker-log";

const FIRST_MS = 500;
const MOST_MS = 60_000;

/** A worker's standing with one orchestrator. */
export interface Link {
  readonly orchestrator: Orchestrator;
  /** Resolves when it is registered; at once while it is. Rejects with a `WireError` when it is refused the first time. */
  registered(): Promise<void>;
  /** The orchestrator does not know the worker any more: the next one to ask registers it again. */
  forgotten(): void;
  readonly isRegistered: boolean;
}

/** Registers a worker, again and again until it works, once however many ask. */
export function createLink(options: {
  orchestrator: Orchestrator;
  describe: () => Json;
  onRegistered: () => void;
  log: WorkerLog;
  stop: AbortSignal;
}): Link {
  const { orchestrator, log, stop } = options;
  let running: Promise<void> | null = null;
  let isRegistered = false;
  let wasRegistered = false;

  async function register(): Promise<void> {
    for (let failures = 1; !stop.aborted; failures++) {
      try {
        const answer = await orchestrator.register(options.describe());
        isRegistered = true;
        wasRegistered = true;
        log.info("registered", { orchestrator: orchestrator.name });
        if (typeof answer.warning === "string") log.warn(answer.warning, { orchestrator: orchestrator.name });
        options.onRegistered();
        return;
      } catch (error) {
        if (!wasRegistered && isRefusal(error)) throw error;
        const asked = error instanceof WireError ? error.retryAfterMs : null;
        const waitMs = asked ?? backoffMs(failures, FIRST_MS, MOST_MS);
        log.warn("could not register", { orchestrator: orchestrator.name, error: (error as Error).message, waitMs });
        await pause(waitMs, stop);
      }
    }
  }

  return {
    orchestrator,
    get isRegistered() {
      return isRegistered;
    },
    registered() {
      if (isRegistered) return Promise.resolve();
      running ??= register().finally(() => {
        running = null;
      });
      return running;
    },
    forgotten() {
      if (isRegistered) log.warn("forgotten by the orchestrator", { orchestrator: orchestrator.name });
      isRegistered = false;
    },
  };
}

/** What trying again does not mend. */
function isRefusal(error: unknown): boolean {
  return error instanceof WireError && !error.isPassing && error.status !== 404;
}
