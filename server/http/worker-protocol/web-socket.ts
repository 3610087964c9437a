import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import type { Log } from "@/server/log";
import { MAX_BODY_BYTES } from "../read-body";
import type { CommandBus, LocalSockets } from "./commands";
import type { ProtocolMetrics } from "./protocol-metrics";
import { refuseUpgrade } from "./refuse-upgrade";

/** Answers a request within this process, as the API does through a socket. */
export type FetchHere = (request: Request, env: object) => Response | Promise<Response>;

export interface WorkerSockets extends LocalSockets {
  /** Takes `GET /_worker/ws/{worker_id}` with `Upgrade: websocket`; refusals are answered as HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, fetchHere: FetchHere): Promise<void>;
  readonly size: number;
  /** Closes all with 1001. */
  stop(): void;
}

interface Connection {
  id: string;
  worker: string;
  socket: WebSocket;
  /** Answered the last ping. */
  alive: boolean;
  /** Its own announcement came back: whatever is announced after that is newer. */
  announced: boolean;
  frames: string[];
  working: boolean;
  /** What a frame of its is sent on with. */
  headers: Headers;
  env: object;
  fetchHere: FetchHere;
}

const PATH = /^\/_worker\/ws\/([^/?]*)(?:\?|$)/;
const PING_MS = 25_000;
/** A worker that does not read what it is told is cut off; its heartbeats tell it the same. */
const MOST_UNREAD_BYTES = 1024 * 1024;
/** So many frames of a connection wait here; then it is not read until they are done. */
const MOST_FRAMES = 16;

/** Headers that say who asks; all else of the handshake is not the frames' own. */
const IDENTITY = ["x-worker-token", "authorization", "x-rxon-version", "x-forwarded-for", "x-forwarded-proto"];

/**
 * The WebSockets of remote workers. The handshake and every frame go through the same routes as requests do, so that
 * tokens, signatures, certificates and limits hold for both; a frame has no answer. One connection per worker.
 */
export function createWorkerSockets(deps: {
  commands: Pick<CommandBus, "opened">;
  metrics: Pick<ProtocolMetrics, "sockets" | "frames">;
  log: Log;
  pingMs?: number;
}): WorkerSockets {
  const { log, metrics } = deps;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const connections = new Map<string, Connection>();
  let stopped = false;
  const pinging = setInterval(ping, deps.pingMs ?? PING_MS);
  pinging.unref();

  function ping(): void {
    for (const connection of connections.values()) {
      if (!connection.alive) connection.socket.terminate();
      else {
        connection.alive = false;
        connection.socket.ping();
        void lookAgain(connection).catch((error: unknown) => log.warn("a WebSocket was not looked at", { error }));
      }
    }
  }

  /** Closes a connection whose token was taken back, or is over: its worker comes again with another, or not at all. */
  async function lookAgain({ worker, headers, env, fetchHere, socket }: Connection): Promise<void> {
    const url = `http://localhost/_worker/ws/${worker}`;
    const answer = await fetchHere(new Request(url, { headers }), { ...env, upgrade: false });
    if (answer.status === 401 || answer.status === 403) socket.close(1008, "Unauthorized");
  }

  function open(connection: Connection): void {
    const { socket, worker } = connection;
    connections.get(worker)?.socket.close(1008, "New connection established");
    connections.set(worker, connection);
    metrics.sockets.set(connections.size);
    socket.on("pong", () => {
      connection.alive = true;
    });
    socket.on("message", (data, binary) => {
      connection.alive = true;
      take(connection, data, binary);
    });
    socket.on("error", (error) => log.debug("a worker's WebSocket failed", { worker, error: error.message }));
    socket.on("close", () => {
      if (connections.get(worker) === connection) connections.delete(worker);
      metrics.sockets.set(connections.size);
    });
    deps.commands.opened(worker, connection.id);
  }

  function take(connection: Connection, data: RawData, binary: boolean): void {
    metrics.frames.inc({ direction: "in" });
    if (binary) {
      connection.socket.close(1003, "Frames are JSON texts");
      return;
    }
    connection.frames.push(data.toString());
    if (connection.frames.length >= MOST_FRAMES) connection.socket.pause();
    if (!connection.working) void work(connection);
  }

  /** One after the other: events of a worker keep their order. */
  async function work(connection: Connection): Promise<void> {
    connection.working = true;
    for (let frame = connection.frames.shift(); frame !== undefined; frame = connection.frames.shift()) {
      if (connection.socket.isPaused && connection.frames.length < MOST_FRAMES / 2) connection.socket.resume();
      await hear(connection, frame).catch((error: unknown) => log.warn("a frame was not heard", { error }));
    }
    connection.working = false;
  }

  async function hear({ worker, headers, env, fetchHere, socket }: Connection, body: string): Promise<void> {
    const answer = await fetchHere(
      new Request("http://localhost/_worker/events", { method: "POST", headers, body }),
      env,
    );
    const text = await answer.text();
    if (answer.status === 200) return;
    log.info("an event through a WebSocket was refused", { worker, status: answer.status, answer: text.slice(0, 300) });
    // Its token is good no more.
    if (answer.status === 401 && /token/i.test(text)) socket.close(1008, "Unauthorized");
  }

  return {
    get size() {
      return connections.size;
    },
    async upgrade(request, socket, head, fetchHere) {
      const worker = PATH.exec(request.url ?? "")?.[1];
      if (stopped || worker === undefined) return refuseUpgrade(socket, stopped ? 503 : 404);
      const headers = headersOf(request);
      const env = { incoming: request, upgrade: true };
      const url = `http://localhost/_worker/ws/${worker}`;
      const answer = await fetchHere(new Request(url, { headers }), env);
      if (answer.status !== 204) return refuseUpgrade(socket, answer.status, answer);
      const own = new Headers([...headers].filter(([name]) => IDENTITY.includes(name)));
      own.set("content-type", "application/json");
      own.set("x-worker-id", worker);
      server.handleUpgrade(request, socket, head, (opened) => {
        const state = { alive: true, announced: false, frames: [], working: false };
        if (stopped) opened.close(1001, "Server shutdown");
        else open({ id: randomUUID(), worker, socket: opened, headers: own, env, fetchHere, ...state });
      });
    },
    send(worker, command) {
      const connection = connections.get(worker);
      if (connection?.socket.readyState !== WebSocket.OPEN) return false;
      if (connection.socket.bufferedAmount > MOST_UNREAD_BYTES) {
        log.warn("a worker does not read its WebSocket and is cut off", { worker });
        connection.socket.terminate();
        return false;
      }
      connection.socket.send(JSON.stringify(command));
      metrics.frames.inc({ direction: "out" });
      return true;
    },
    superseded(worker, id) {
      const connection = connections.get(worker);
      if (!connection) return;
      if (connection.id === id) connection.announced = true;
      else if (connection.announced) connection.socket.close(1008, "New connection established");
    },
    stop() {
      stopped = true;
      clearInterval(pinging);
      for (const { socket } of connections.values()) {
        socket.close(1001, "Server shutdown");
        // Who does not say goodbye must not keep the process.
        setTimeout(() => socket.terminate(), 1_000).unref();
      }
    },
  };
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) for (const one of [value].flat()) headers.append(name, one);
  }
  return headers;
}
