import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { faultPoint } from "@/server/fault-point";
import { createBackoff } from "./backoff";

/** What a session says about itself; stored in its row. */
export interface SessionInfo {
  id: string;
  worker: string;
  skills: string[];
  slots: number;
  hostname: string;
  version: string;
}

/** The rows of worker sessions, as this process uses them. */
export interface SessionRows {
  register(session: SessionInfo): Promise<void>;
  /**
   * False when the session was ended or declared dead: what it held belongs to others. `runtime`: JSON text of what the
   * worker tells of its slots, where that has changed.
   */
  renew(id: string, runtime?: string): Promise<boolean>;
  setDraining(id: string): Promise<void>;
  end(id: string): Promise<void>;
}

export interface Session {
  readonly info: SessionInfo;
  /** Renews now instead of at the next heartbeat. */
  renew(): Promise<void>;
  /** Stops the heartbeat; the row stays as it is. */
  stop(): void;
}

/** Registers a new session, trying again until the database answers or `stop` is aborted. */
export async function openSession(options: {
  rows: SessionRows;
  describe: Omit<SessionInfo, "id">;
  heartbeatMs: number;
  stop: AbortSignal;
  /** JSON text of what the worker tells of its slots. */
  runtime?: () => string;
  onRenewed: () => void;
  /** The session was declared dead. */
  onLost: () => void;
  onError: (error: unknown, what: string) => void;
}): Promise<Session> {
  const info: SessionInfo = { ...options.describe, id: randomUUID() };
  const backoff = createBackoff();
  while (true) {
    options.stop.throwIfAborted();
    try {
      await options.rows.register(info);
      options.onRenewed();
      return beat(info, options);
    } catch (error) {
      options.onError(error, "could not register the worker session");
      await backoff.failed(options.stop);
    }
  }
}

type BeatOptions = Pick<
  Parameters<typeof openSession>[0],
  "rows" | "heartbeatMs" | "runtime" | "onRenewed" | "onLost" | "onError"
>;

/** One heartbeat for all deliveries; a failed one is repeated sooner than the next would be due. */
function beat(info: SessionInfo, options: BeatOptions): Session {
  const stopped = new AbortController();
  const soonMs = Math.max(50, Math.min(1_000, options.heartbeatMs / 4));

  let toldRuntime: string | undefined;

  async function renew(): Promise<boolean> {
    try {
      faultPoint("session.before_renew");
      const runtime = options.runtime?.();
      const alive = await options.rows.renew(info.id, runtime === toldRuntime ? undefined : runtime);
      toldRuntime = runtime;
      if (stopped.signal.aborted) return true;
      options.onRenewed();
      if (!alive) {
        stopped.abort();
        options.onLost();
      }
      return true;
    } catch (error) {
      if (!stopped.signal.aborted) options.onError(error, "could not renew the worker session");
      return false;
    }
  }

  async function loop(): Promise<void> {
    let waitMs = options.heartbeatMs;
    while (!stopped.signal.aborted) {
      await delay(waitMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined); // stopped
      if (stopped.signal.aborted) return;
      waitMs = (await renew()) ? options.heartbeatMs : soonMs;
    }
  }

  void loop();
  return {
    info,
    async renew() {
      await renew();
    },
    stop: () => stopped.abort(),
  };
}
