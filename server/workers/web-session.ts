import type { Log } from "@/server/log";
import type { WorkerQueue } from "@/server/queue/contract";
import { openSession, type Session, type SessionRows } from "./session";

type ReadingQueue = Pick<WorkerQueue, "take" | "giveBack" | "settle">;

export interface WebSession extends ReadingQueue {
  /** Id of the session that reads now; the row of a claimed task names it until the task is handed on. */
  id(): string;
  close(): Promise<void>;
}

/**
 * The worker session under which a web process takes tasks for remote workers, and its queue. Opened by the first
 * `take`: a process that no remote worker calls has none. One that was declared dead is followed by a new one.
 */
export function createWebSession(options: {
  instance: string;
  version: string;
  hostname: string;
  rows: SessionRows;
  openQueue: (sessionId: string) => WorkerQueue;
  leaseMs: number;
  log: Log;
}): WebSession {
  const closing = new AbortController();
  let opening: Promise<{ session: Session; queue: WorkerQueue }> | null = null;
  let current: { session: Session; queue: WorkerQueue } | null = null;

  async function open(): Promise<{ session: Session; queue: WorkerQueue }> {
    let lost = (): void => undefined;
    const session = await openSession({
      rows: options.rows,
      describe: {
        worker: `web:${options.instance}`,
        skills: [],
        slots: 0,
        hostname: options.hostname,
        version: options.version,
      },
      heartbeatMs: options.leaseMs / 3,
      stop: closing.signal,
      onRenewed: () => undefined,
      onLost: () => lost(),
      onError: (error, what) => options.log.warn(what, { error }),
    });
    const opened = { session, queue: options.openQueue(session.info.id) };
    current = opened;
    lost = () => {
      options.log.warn("the web process's worker session was declared dead", { session: session.info.id });
      if (current === opened) current = opening = null;
      void opened.queue.close();
    };
    return opened;
  }

  function reading(): Promise<{ session: Session; queue: WorkerQueue }> {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  return {
    id: () => current?.session.info.id ?? "",
    take: async (types, limit, waitMs) => (await reading()).queue.take(types, limit, waitMs),
    giveBack: async (deliveries) => (await reading()).queue.giveBack(deliveries),
    settle: async (deliveries) => (await reading()).queue.settle(deliveries),
    async close() {
      closing.abort();
      const last = current;
      current = opening = null;
      if (!last) return;
      last.session.stop();
      await last.queue.close();
      await options.rows.end(last.session.info.id);
    },
  };
}
