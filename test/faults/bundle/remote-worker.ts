import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openLedger } from "./ledger";
import { type Answer, anyServer, call, changeTokens, HABITS, NAME, random } from "./remote-calls";
import { keepSocket, tellTwice } from "./remote-socket";

// A worker in any language, as far as the server can tell: HTTP, and at times a WebSocket. A bad one: it repeats results,
// sends them for attempts that are over, and at times goes silent for longer than its lease and answers then.

interface Task {
  task_id: string;
  type: string;
  params: { name?: string; value?: unknown; ms?: number; fail_times?: number; code?: string };
  metadata: { attempt: number; idempotency_key: string };
}

const leaseMs = Number(process.env.FAULT_LEASE_MS);
const ledger = openLedger(process.env.FAULT_LEDGER ?? "");
const SLOTS = 10;
/** Sends each result to any server, and late words for long: what brings planted bugs out. */
const restless = process.env.FAULT_RESTLESS === "1";

let silentUntil = 0;
/** It takes nothing more, and goes when it has done what it has. */
let draining = false;
const current = new Set<string>();
const cancelled = new Set<string>();

function register() {
  return call("POST", "/workers/register", {
    worker_id: NAME,
    supported_skills: ["fault_remote", "fault_gpu"],
    resources: { devices: [{ type: "gpu", model: "RTX", properties: { vram_gb: 24 } }] },
    max_concurrent_tasks: SLOTS,
  });
}

async function send(task: Task, result: object): Promise<void> {
  const body = { worker_id: NAME, task_id: task.task_id, ...result };
  for (let tries = 0; tries < 60; tries += 1) {
    // Not the server that handed it out, necessarily: results of one fan-out meet at different ones.
    if (restless) anyServer();
    const answer = await call("POST", "/tasks/result", body);
    if (answer && answer.status < 500 && answer.status !== 401) return;
    await sleep(200 + random() * 300);
  }
}

async function work(task: Task): Promise<void> {
  const { task_id: attempt, params, metadata, type } = task;
  const key = metadata.idempotency_key;
  current.add(attempt);
  ledger.write({ what: "start", task: key, attempt, type });
  if (random() < 0.004) silentUntil = Date.now() + leaseMs + 1_500;
  if (HABITS.socket && random() < 0.3) await tellTwice(attempt, 1);
  await workFor((params.ms ?? 0) * (restless ? 3 : 1), attempt);
  const fails = metadata.attempt <= (params.fail_times ?? 0);
  const success = { status: "success", data: { [params.name ?? "value"]: params.value ?? null } };
  const code = params.code ?? "TRANSIENT_ERROR";
  const result = fails ? { status: "failure", error: { code, message: "Fails on purpose" } } : success;
  ledger.write({ what: "end", task: key, attempt, outcome: fails ? "failure" : "success" });
  // Whoever is silent answers when that is over: by then the task was given to somebody else.
  await sleep(Math.max(0, silentUntil - Date.now()));
  current.delete(attempt);
  await send(task, result);
  if (random() < 0.1) await send(task, result);
  // The attempt is over and another one runs: this must change nothing.
  if (fails) void lateWord(task);
}

/** Until it is done, or told to stop. */
async function workFor(ms: number, attempt: string): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end && !cancelled.has(attempt); )
    await sleep(Math.min(100, end - Date.now()));
}

async function lateWord(task: Task): Promise<void> {
  for (let tries = 0; tries < (restless ? 12 : 4); tries += 1) {
    await sleep(restless ? 60 + random() * 300 : 40 + random() * 120);
    await send(task, { status: "success", data: { stale: true } });
  }
}

/** One poll. With an id it is sent again, to any server, until it is answered: the answers that were lost are given again. */
async function poll(): Promise<Answer | null> {
  const path = `/workers/${NAME}/tasks/next?timeout=5`;
  const impatience = () => (random() < 0.1 ? 5 + random() * 400 : undefined);
  if (!HABITS.pollIds) return call("GET", path, undefined, impatience());
  const id = randomUUID();
  for (let tries = 0; tries < 5; tries += 1) {
    const answer = await call("GET", `${path}&request_id=${id}`, undefined, tries < 4 ? impatience() : undefined);
    if (answer) return answer;
  }
  return null;
}

async function slot(): Promise<never> {
  for (;;) {
    await sleep(Math.max(0, silentUntil - Date.now()));
    if (draining) {
      await sleep(100);
      continue;
    }
    const answer = await poll();
    if (answer?.status === 200) await work(answer.body as Task);
    else if (answer?.status === 404) await register();
    else if (answer?.status !== 204) await sleep(100 + random() * 200);
  }
}

function say(status: string) {
  return call("PATCH", `/workers/${NAME}`, { worker_id: NAME, status, current_tasks: [...current] });
}

async function beat(): Promise<never> {
  for (;;) {
    await sleep(leaseMs / 3);
    if (Date.now() < silentUntil) continue;
    const answer = await say(draining ? "draining" : current.size < SLOTS ? "idle" : "busy");
    if (answer?.status === 404 && !draining) await register();
    const { cancel_task_ids: told = [] } = (answer?.body ?? {}) as { cancel_task_ids?: string[] };
    for (const attempt of told) cancelled.add(attempt);
  }
}

/** Goes and comes back: with or without a word, with or without what it has in its hands. */
async function comeAndGo(): Promise<never> {
  for (;;) {
    await sleep(2_500 + random() * 4_000);
    draining = true;
    await say("draining");
    if (random() < 0.7) for (let waits = 0; current.size > 0 && waits < 30; waits += 1) await sleep(100);
    if (random() < 0.8) await say("offline");
    await sleep(random() * 800);
    while ((await register())?.status !== 200) await sleep(200);
    draining = false;
  }
}

async function main(): Promise<void> {
  while ((await register())?.status !== 200) await sleep(200);
  process.stdout.write("registered\n");
  const refused = (waitedMs: number) =>
    ledger.write({ what: "refused", task: String(waitedMs), attempt: NAME, outcome: "refresh token" });
  await Promise.all([
    beat(),
    ...Array.from({ length: SLOTS }, slot),
    ...(HABITS.drains ? [comeAndGo()] : []),
    ...(HABITS.socket ? [keepSocket()] : []),
    ...(HABITS.sts ? [changeTokens(600, refused)] : []),
  ]);
}

void main();
