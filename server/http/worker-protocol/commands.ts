import { randomUUID } from "node:crypto";
import { isJsonObject, type JsonObject } from "@/lib/json";
import type { NoticeBus } from "@/server/queue/contract";

/** What a worker hears through its WebSocket. */
export interface WorkerCommand {
  command: string;
  task_id?: string;
  job_id?: string;
  params?: JsonObject;
  metadata?: JsonObject;
}

/** The connections of one process. */
export interface LocalSockets {
  /** False when the worker has no connection here. */
  send(worker: string, command: WorkerCommand): boolean;
  /** Another process has a newer connection of the worker; `connection` is that one's id. */
  superseded(worker: string, connection: string): void;
}

export interface CommandBus {
  /** Sends to the worker's connection, wherever that is; nothing happens when it has none. */
  send(worker: string, command: WorkerCommand): void;
  /** The same; true: a process wrote it to the worker's connection. Null: none said so in time. */
  deliver(worker: string, command: WorkerCommand): Promise<boolean | null>;
  /** Says that this connection takes the place of the worker's others. */
  opened(worker: string, connection: string): void;
  /** The connections of this process: those that commands from elsewhere go to as well. */
  attach(sockets: LocalSockets): void;
}

/** How long the other processes have to say that they wrote a command. */
const ACK_WITHIN_MS = 500;

interface Notice {
  worker?: string;
  command?: WorkerCommand;
  /** Whoever writes the command says so under this id. */
  ask?: string;
  got?: string;
  opened?: string;
}

/** Commands to remote workers through all processes. */
export function createCommandBus(notices: Pick<NoticeBus, "tell" | "on">): CommandBus {
  const asked = new Map<string, (got: true | null) => void>();
  let sockets: LocalSockets | null = null;

  function tell(notice: Notice): void {
    notices.tell("command", JSON.stringify(notice));
  }

  function hear({ worker, command, ask, got, opened }: Notice): void {
    if (got !== undefined) asked.get(got)?.(true);
    if (worker === undefined || !sockets) return;
    if (opened !== undefined) sockets.superseded(worker, opened);
    if (command && sockets.send(worker, command) && ask !== undefined) tell({ got: ask });
  }

  return {
    send(worker, command) {
      if (!sockets?.send(worker, command)) tell({ worker, command });
    },
    async deliver(worker, command) {
      if (sockets?.send(worker, command)) return true;
      const ask = randomUUID();
      const answer = new Promise<true | null>((resolve) => {
        asked.set(ask, resolve);
        setTimeout(() => resolve(null), ACK_WITHIN_MS).unref();
      });
      tell({ worker, command, ask });
      return answer.finally(() => asked.delete(ask));
    },
    opened: (worker, connection) => tell({ worker, opened: connection }),
    attach(local) {
      sockets = local;
      notices.on("command", (text) => {
        const notice = JSON.parse(text);
        if (isJsonObject(notice)) hear(notice as Notice);
      });
    },
  };
}
