import { setTimeout as sleep } from "node:timers/promises";
import { openLedger } from "./ledger";

// A worker in any language, as far as the server can tell: HTTP only. A bad one: it repeats results, sends them for
// attempts that are over, and at times goes silent for longer than its lease and answers then.

interface Task {
  task_id: string;
  params: { name?: string; value?: unknown; ms?: number; fail_times?: number; code?: string };
  metadata: { attempt: number; idempotency_key: string };
}

const { FAULT_URLS = "", FAULT_NAME = "", FAULT_TOKEN = "", FAULT_LEDGER = "", FAULT_SEED = "1" } = process.env;
const urls = FAULT_URLS.split(",");
const leaseMs = Number(process.env.FAULT_LEASE_MS);
const ledger = openLedger(FAULT_LEDGER);
const SLOTS = 10;
/** Sends each result to any server, and late words for long: what brings planted bugs out. */
const restless = process.env.FAULT_RESTLESS === "1";

let seed = Number(FAULT_SEED);
/** 0 ≤ x < 1, the same for the same seed (mulberry32). */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

let turn = Math.floor(random() * urls.length);
let silentUntil = 0;
const current = new Set<string>();

/** Asks any of the servers; the next one when that is away. Null when none answers. */
async function call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown } | null> {
  for (let tries = 0; tries < urls.length; tries += 1) {
    const url = urls[turn % urls.length];
    try {
      const response = await fetch(`${url}/_worker${path}`, {
        method,
        headers: { "x-worker-token": FAULT_TOKEN, "x-worker-id": FAULT_NAME, "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(10_000),
      });
      const text = await response.text();
      if (response.status < 500) return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    } catch {
      // Refused, reset, or too slow: another server may answer.
    }
    turn += 1;
  }
  return null;
}

function register() {
  return call("POST", "/workers/register", {
    worker_id: FAULT_NAME,
    supported_skills: ["fault_remote"],
    max_concurrent_tasks: SLOTS,
  });
}

async function send(task: Task, result: object): Promise<void> {
  const body = { worker_id: FAULT_NAME, task_id: task.task_id, ...result };
  for (let tries = 0; tries < 60; tries += 1) {
    // Not the server that handed it out, necessarily: results of one fan-out meet at different ones.
    if (restless) turn = Math.floor(random() * urls.length);
    const answer = await call("POST", "/tasks/result", body);
    if (answer && answer.status < 500) return;
    await sleep(200 + random() * 300);
  }
}

async function work(task: Task): Promise<void> {
  const { task_id: attempt, params, metadata } = task;
  const key = metadata.idempotency_key;
  current.add(attempt);
  ledger.write({ what: "start", task: key, attempt });
  if (random() < 0.004) silentUntil = Date.now() + leaseMs + 1_500;
  await sleep((params.ms ?? 0) * (restless ? 3 : 1));
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

async function lateWord(task: Task): Promise<void> {
  for (let tries = 0; tries < (restless ? 12 : 4); tries += 1) {
    await sleep(restless ? 60 + random() * 300 : 40 + random() * 120);
    await send(task, { status: "success", data: { stale: true } });
  }
}

async function slot(): Promise<never> {
  for (;;) {
    await sleep(Math.max(0, silentUntil - Date.now()));
    const answer = await call("GET", `/workers/${FAULT_NAME}/tasks/next?timeout=5`);
    if (answer?.status === 200) await work(answer.body as Task);
    else if (answer?.status === 404) await register();
    else if (answer?.status !== 204) await sleep(100 + random() * 200);
  }
}

async function beat(): Promise<never> {
  for (;;) {
    await sleep(leaseMs / 3);
    if (Date.now() < silentUntil) continue;
    await call("PATCH", `/workers/${FAULT_NAME}`, {
      worker_id: FAULT_NAME,
      status: "busy",
      current_tasks: [...current],
    });
  }
}

async function main(): Promise<void> {
  while ((await register())?.status !== 200) await sleep(200);
  process.stdout.write("registered\n");
  await Promise.all([beat(), ...Array.from({ length: SLOTS }, slot)]);
}

void main();
