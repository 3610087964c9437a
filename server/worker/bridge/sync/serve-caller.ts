import { type MessagePort, workerData } from "node:worker_threads";
import { captureOutput } from "../child/capture-output";
import type { LogRecord } from "../executor";
import { protectDispatcher } from "./guard";
import { IsolatedCalls } from "./isolated-calls";
import { SharedCalls } from "./loop-calls";
import { DEAD, type DispatcherData, type FromDispatcher, READY, type ToDispatcher, wakeCaller } from "./wire";

/** Records that go to the caller in a second; it may be blocked, and what it has not taken stays in memory. */
const MAX_LOGS_PER_SECOND = 1000;

/** Makes this thread the dispatcher of the caller that started it. */
export function serveCaller(data: DispatcherData): void {
  const { port, wake, header } = data;
  const post = (message: FromDispatcher) => {
    port.postMessage(message);
    Atomics.add(wake, 0, 1);
    Atomics.notify(wake, 0);
  };
  process.setSourceMapsEnabled(true);
  const calls = data.role === "shared" ? new SharedCalls(data, post) : new IsolatedCalls(data, post);
  const log = logLine(post);
  captureOutput((record) => log(calls.current(), record));
  calls.onLog = log;
  if (data.role === "shared") protectDispatcher();
  const uncaught = (thrown: unknown) => calls.uncaught(thrown);
  process.on("uncaughtException", uncaught);
  process.on("unhandledRejection", uncaught);
  process.on("exit", (exitCode) => post({ t: "exit", id: calls.current(), exitCode }));
  const lives: MessagePort[] = [data.life];
  port.on("message", (message: ToDispatcher) => {
    if (typeof message === "object" && message.t === "watch") watch(message.life, message.header, wake, lives);
    else calls.handle(message);
  });
  // Without this reference it could be collected, which looks like this thread's death.
  (workerData as { lives?: MessagePort[] }).lives = lives;
  Atomics.store(header, READY, 1);
}

/** The other end of `life` closes when its thread ends: the caller, who may be blocked, learns it from shared memory. */
function watch(life: MessagePort, header: Int32Array, wake: Int32Array, lives: MessagePort[]): void {
  lives.push(life);
  life.once("close", () => {
    Atomics.store(header, DEAD, 1);
    wakeCaller(wake);
    lives.splice(lives.indexOf(life), 1);
  });
  life.ref();
}

function logLine(post: (message: FromDispatcher) => void): (id: number, record: LogRecord) => void {
  let second = 0;
  let sent = 0;
  let dropped = 0;
  return (id, record) => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      sent = 0;
    }
    if (sent++ >= MAX_LOGS_PER_SECOND) {
      dropped++;
      return;
    }
    if (dropped > 0) post({ t: "log", id: 0, record: { level: "warn", message: `${dropped} log lines were dropped` } });
    dropped = 0;
    post({ t: "log", id, record: plain(record) });
  };
}

/** What a message can carry: fields as JSON, or a word that they are none. */
function plain(record: LogRecord): LogRecord {
  const message = String(record.message).slice(0, 8192);
  if (record.fields === undefined) return { level: record.level, message };
  try {
    return { level: record.level, message, fields: JSON.parse(JSON.stringify(record.fields)) };
  } catch (error) {
    return {
      level: record.level,
      message,
      fields: { notJson: error instanceof Error ? error.message : String(error) },
    };
  }
}
