import { WebSocket } from "ws";
import type { Link } from "./link";
import type { Json } from "./orchestrator";
import { backoffMs, pause } from "./pause";
import type { WorkerLog } from "./worker-log";

const PING_MS = 30_000;
const FIRST_MS = 1_000;
const MOST_MS = 60_000;
const MAX_BYTES = 1024 * 1024;
/** An orchestrator without WebSockets is asked again this seldom. */
const ABSENT_MS = 15 * 60_000;

export interface Command {
  command: string;
  taskId: string | null;
  jobId: string | null;
  params: Json;
}

/** Keeps a WebSocket open for commands; never rejects. It only saves time: cancels come with heartbeats, too. */
export async function listenForCommands(options: {
  link: Link;
  workerId: string;
  onCommand: (command: Command) => void;
  log: WorkerLog;
  stop: AbortSignal;
}): Promise<void> {
  const { link, log, stop } = options;
  const { orchestrator } = link;
  let failures = 0;
  while (!stop.aborted) {
    if (!link.isRegistered) {
      // The heart registers, and tells what is wrong.
      await pause(FIRST_MS, stop);
      continue;
    }
    const end = await oneConnection(options);
    if (stop.aborted) return;
    failures = end.opened ? 1 : failures + 1;
    if (end.status === 401) await orchestrator.credentials.refresh();
    const absent = end.status === 404 || end.status === 501;
    const waitMs = absent ? ABSENT_MS : backoffMs(failures, FIRST_MS, MOST_MS);
    log.debug("no WebSocket for commands", { orchestrator: orchestrator.name, reason: end.reason, waitMs });
    await pause(waitMs, stop);
  }
}

interface End {
  opened: boolean;
  /** Of an answer that was no upgrade. */
  status: number | null;
  reason: string;
}

function oneConnection({
  link,
  workerId,
  onCommand,
  log,
  stop,
}: Parameters<typeof listenForCommands>[0]): Promise<End> {
  const { orchestrator } = link;
  const { origin } = orchestrator.http;
  const address = new URL(`${origin.pathname.replace(/\/+$/, "")}/_worker/ws/${encodeURIComponent(workerId)}`, origin);
  address.protocol = origin.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, {
    headers: orchestrator.credentials.headers(),
    handshakeTimeout: 15_000,
    maxPayload: MAX_BYTES,
    ...orchestrator.options.tls,
  });
  return new Promise((resolve) => {
    const end: End = { opened: false, status: null, reason: "" };
    let isAlive = true;
    const ping = setInterval(() => {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      if (end.opened) socket.ping();
    }, PING_MS);
    const leave = () => socket.close(1000);
    stop.addEventListener("abort", leave, { once: true });
    socket.on("open", () => {
      end.opened = true;
    });
    socket.on("pong", () => {
      isAlive = true;
    });
    socket.on("message", (data, isBinary) => {
      isAlive = true;
      const command = isBinary ? null : readCommand(data.toString());
      if (command) onCommand(command);
      else log.warn("a command could not be read", { orchestrator: orchestrator.name });
    });
    socket.on("unexpected-response", (_request, response) => {
      end.status = response.statusCode ?? null;
      end.reason = `answered with ${response.statusCode}`;
      response.resume();
      socket.terminate();
    });
    socket.on("error", (error) => {
      end.reason ||= error.message;
    });
    socket.on("close", (code, reason) => {
      clearInterval(ping);
      stop.removeEventListener("abort", leave);
      end.reason ||= `closed with ${code} ${reason.toString()}`;
      resolve(end);
    });
  });
}

function readCommand(text: string): Command | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { command, task_id, job_id, params } = value as Json;
  if (typeof command !== "string") return null;
  return {
    command,
    taskId: typeof task_id === "string" ? task_id : null,
    jobId: typeof job_id === "string" ? job_id : null,
    params: typeof params === "object" && params !== null ? (params as Json) : {},
  };
}
