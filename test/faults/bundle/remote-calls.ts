// How the remote workers of the fault run speak: to any of the servers, by long-lived or by changing tokens.

const { FAULT_URLS = "", FAULT_NAME = "", FAULT_TOKEN = "", FAULT_SEED = "1", FAULT_HABITS = "" } = process.env;

export const NAME = FAULT_NAME;
const urls = FAULT_URLS.split(",");
const habits = FAULT_HABITS.split(",");

/** What this one does beyond the least that a worker has to. */
export const HABITS = {
  /** Its polls have ids, and it sends them again when their answers are lost. */
  pollIds: habits.includes("poll_ids"),
  /** It speaks over a WebSocket as well. */
  socket: habits.includes("socket"),
  /** It goes away and comes back, as a deployment would let it. */
  drains: habits.includes("drains"),
  /** Its token changes all the time. */
  sts: habits.includes("sts"),
};

let seed = Number(FAULT_SEED);
/** 0 ≤ x < 1, the same for the same seed (mulberry32). */
export function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

let turn = Math.floor(random() * urls.length);
/** The next calls go to any of the servers, not to the one of the last. */
export function anyServer(): void {
  turn = Math.floor(random() * urls.length);
}

export function socketUrl(): string {
  return `${String(urls[turn % urls.length]).replace("http", "ws")}/_worker/ws/${NAME}`;
}

let token = FAULT_TOKEN;
export function identity(): Record<string, string> {
  return { "x-worker-token": token, "x-worker-id": NAME };
}

export interface Answer {
  status: number;
  body: unknown;
}

/** Asks any of the servers; the next one when that is away. Null when none answers; `hangUpMs`: not waited for longer. */
export async function call(method: string, path: string, body?: object, hangUpMs?: number): Promise<Answer | null> {
  for (let tries = 0; tries < urls.length; tries += 1) {
    const url = urls[turn % urls.length];
    try {
      const response = await fetch(`${url}/_worker${path}`, {
        method,
        headers: { ...identity(), "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(hangUpMs ?? 10_000),
      });
      const text = await response.text();
      // A family of tokens that ended: the worker signs in again.
      if (response.status === 401 && path !== "/auth/token/refresh") token = FAULT_TOKEN;
      if (response.status < 500) return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    } catch {
      // Refused, reset, or too slow: another server may answer.
    }
    turn += 1;
    if (hangUpMs !== undefined) return null;
  }
  return null;
}

interface Pair {
  access_token: string;
  refresh_token: string;
}

/** Asks for short-lived tokens and changes them for new ones for ever; tells when the right one was refused. */
export async function changeTokens(pauseMs: number, refused: (waitedMs: number) => void): Promise<never> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let pair: Pair | null = null;
  for (;;) {
    await pause(pauseMs);
    if (pair === null || token === FAULT_TOKEN) {
      const first = await call("POST", "/auth/token", {});
      if (first?.status !== 200) continue;
      pair = first.body as Pair;
      token = pair.access_token;
      continue;
    }
    const began = Date.now();
    let next: Answer | null = null;
    while (next === null) {
      // An answer that is lost on the way, now and then.
      next = await call(
        "POST",
        "/auth/token/refresh",
        { refresh_token: pair.refresh_token },
        random() < 0.2 ? 5 : undefined,
      );
      if (next === null) await pause(50);
    }
    if (next.status === 200) {
      pair = next.body as Pair;
      token = pair.access_token;
    } else {
      refused(Date.now() - began);
      pair = null;
      token = FAULT_TOKEN;
    }
  }
}
