import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisLimitStore } from "@/server/queue/redis-limit-store";
import { type ApiHost, CLIENT_TOKEN, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { type OwnServer, startOwnRedis } from "@/test/support/own-servers";

const LIMITS = {
  RATE_LIMIT_PERIOD: "600",
  RATE_LIMIT_LIMIT: "5",
  RATE_LIMIT_HEARTBEAT_LIMIT: "3",
  RATE_LIMIT_POLL_LIMIT: "2",
};
const NAMES = ["limit", "remaining", "policy"].map((name) => `ratelimit-${name}`);

function limitOf(headers: Headers): (string | null)[] {
  return NAMES.map((name) => headers.get(name));
}

async function blockedOf(api: ApiHost, name: string): Promise<number> {
  const { body } = await api.call("GET", "/_public/metrics", undefined, { token: null });
  return Number(new RegExp(`^batuta_ratelimit_blocked_total\\{class="${name}"\\} (\\d+)$`, "m").exec(body)?.[1] ?? 0);
}

describe("limits of clients and workers over HTTP", () => {
  let api: ApiHost;
  let other: ApiHost;
  let origin: string;
  beforeAll(async () => {
    api = await hostApi({ environment: LIMITS });
    const { databaseUrl, redisUrl, redisPrefix } = api.config;
    // Another process on the same database and Redis.
    other = await hostApi({
      environment: {
        ...LIMITS,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl ?? "",
        BATUTA_REDIS_PREFIX: redisPrefix,
      },
    });
    origin = await api.listen();
  });
  afterAll(async () => {
    await other?.stop();
    await api?.stop();
  });

  test("a client's requests are counted in the answer's headers, refusals too, up to 429 in every process", async () => {
    const token = await api.client("counted");
    const seen = [];
    for (const path of [
      "/api/v1/jobs",
      "/api/v1/jobs/nothing",
      "/api/v1/jobs?limit=x",
      "/api/v1/jobs",
      "/api/v1/jobs",
    ]) {
      const response = await fetch(`${origin}${path}`, { headers: { "x-client-token": token } });
      expect(response.status).toBeLessThan(429);
      seen.push(limitOf(response.headers));
      expect(Number(response.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
      expect(response.headers.get("ratelimit")).toMatch(/^"client";r=\d;t=\d+$/);
    }
    expect(seen).toEqual(["4", "3", "2", "1", "0"].map((left) => ["5", left, '"client";q=5;w=600']));
    for (const host of [api, other]) {
      const before = await blockedOf(host, "client");
      const answer = await host.call("GET", "/api/v1/jobs", undefined, { token });
      expect([answer.status, answer.body]).toEqual([429, { error: "Too Many Requests", code: "LIMIT_EXCEEDED_ERROR" }]);
      expect(limitOf(answer.headers)).toEqual(["5", "0", '"client";q=5;w=600']);
      const wait = Number(answer.headers.get("retry-after"));
      expect(Number.isInteger(wait) && wait >= 1 && wait <= 120).toBe(true);
      expect(await blockedOf(host, "client")).toBe(before + 1);
    }
    expect((await api.call("GET", "/api/v1/jobs", undefined, { token: await api.client("another") })).status).toBe(200);
  });

  test("operators and public paths are not counted", async () => {
    const cookie = await api.signIn();
    for (let n = 0; n < 7; n++) {
      const answer = await api.call("GET", "/api/v1/jobs", undefined, { cookie });
      expect([answer.status, answer.headers.get("ratelimit-limit")]).toEqual([200, null]);
    }
    expect((await fetch(`${origin}/_public/status`)).headers.get("ratelimit-limit")).toBeNull();
  });

  test("a worker's heartbeats and empty polls are counted apart; tasks and results are not", async () => {
    const headers = { "x-worker-token": WORKER_TOKEN, "content-type": "application/json" };
    const ask = (method: string, path: string, body?: object, at = origin) =>
      fetch(`${at}/_worker${path}`, { method, headers, body: body && JSON.stringify(body) });
    const skills = [{ name: "limited" }];
    const registered = await ask("POST", "/workers/register", { worker_id: "w1", supported_skills: skills });
    expect(limitOf(registered.headers)).toEqual(["5", "4", '"session";q=5;w=600']);
    for (const left of ["2", "1", "0"]) {
      const beat = await ask("PATCH", "/workers/w1");
      expect([beat.status, ...limitOf(beat.headers)]).toEqual([200, "3", left, '"heartbeat";q=3;w=600']);
    }
    const late = await ask("PATCH", "/workers/w1");
    expect([late.status, await late.json()]).toEqual([
      429,
      { error: "Too Many Requests", code: "LIMIT_EXCEEDED_ERROR" },
    ]);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await blockedOf(api, "heartbeat")).toBe(1);

    await api.put({
      name: "limited",
      states: {
        a: { type: "task", start: true, task_type: "limited", transitions: { success: "b" } },
        b: { type: "end", outcome: "success" },
      },
    });
    const once = async () => {
      await api.start("limited", {}, { cookie: await api.signIn() });
      const poll = await ask("GET", "/workers/w1/tasks/next?timeout=10");
      expect(poll.status).toBe(200);
      const { job_id, task_id } = (await poll.json()) as { job_id: string; task_id: string };
      const result = await ask("POST", "/tasks/result", { worker_id: "w1", job_id, task_id, data: {} });
      expect([result.status, result.headers.get("ratelimit-limit")]).toEqual([200, null]);
      return poll.headers.get("ratelimit-remaining");
    };
    expect(await once()).toBe("2");
    expect(await once()).toBe("2");
    for (const left of ["1", "0"]) {
      const poll = await ask("GET", "/workers/w1/tasks/next?timeout=0");
      expect([poll.status, ...limitOf(poll.headers)]).toEqual([204, "2", left, '"poll";q=2;w=600']);
    }
    const refused = await ask("GET", "/workers/w1/tasks/next?timeout=0");
    expect([refused.status, refused.headers.get("ratelimit-remaining")]).toEqual([429, "0"]);
    const elsewhere = await ask("GET", "/workers/w1/tasks/next?timeout=0", undefined, await other.listen());
    expect(elsewhere.status).toBe(429);
  });
});

test("an address that sends wrong tokens is refused unheard; good tokens and other addresses are not", async () => {
  const api = await hostApi({ environment: { BATUTA_TRUST_PROXY: "true" }, redis: false });
  try {
    const ask = async (path: string, header: string, token: string, address: string) =>
      (
        await api.call("GET", path, undefined, {
          token: null,
          headers: { [header]: token, "x-forwarded-for": address },
        })
      ).status;
    const guess = (n: number, address = "192.0.2.1") =>
      ask("/api/v1/jobs", "x-client-token", `guess number ${n}`, address);
    expect(await ask("/api/v1/jobs", "x-client-token", CLIENT_TOKEN, "192.0.2.1")).toBe(200);
    const asWorker = (token: string, address: string) =>
      ask("/_worker/workers/w/tasks/next?timeout=0", "x-worker-token", token, address);
    const together = (times: number, one: (n: number) => Promise<number>) =>
      Promise.all(Array.from({ length: times }, (_, n) => one(n)));
    expect(new Set(await together(250, (n) => guess(n)))).toEqual(new Set([401]));
    // Five come back in a second: how many are needed depends on how long they take.
    let refused = false;
    for (let round = 0; round < 20 && !refused; round++) {
      await together(100, (n) => guess(1_000 * round + n));
      // Clients and workers have one limit of wrong tokens.
      refused = (await together(20, (n) => asWorker(`worker guess ${round} ${n}`, "192.0.2.1"))).includes(429);
    }
    expect(refused).toBe(true);
    expect(await asWorker("another guess", "192.0.2.2")).toBe(401);
    expect(await ask("/api/v1/jobs", "x-client-token", CLIENT_TOKEN, "192.0.2.1")).toBe(200);
    expect(await guess(1, "192.0.2.3")).toBe(401);
  } finally {
    await api.stop();
  }
});

test("switched off, nobody is counted", async () => {
  const api = await hostApi({ environment: { ...LIMITS, RATE_LIMITING_ENABLED: "false" }, redis: false });
  try {
    for (let n = 0; n < 7; n++) {
      const answer = await api.call("GET", "/api/v1/jobs");
      expect([answer.status, answer.headers.get("ratelimit-limit"), answer.headers.get("ratelimit")]).toEqual([
        200,
        null,
        null,
      ]);
    }
  } finally {
    await api.stop();
  }
});

describe("when Redis goes away", () => {
  let redis: OwnServer<{ url: string; pid: number; port: number; stop(): Promise<void> }>;
  let api: ApiHost;
  beforeAll(async () => {
    redis = await startOwnRedis({ persistent: false });
    api = await hostApi({ environment: { ...LIMITS, REDIS_URL: redis.now.url } });
  });
  afterAll(async () => {
    await api?.stop();
    await redis?.remove();
  });

  test("each process counts by itself, without an error, and with Redis again when that is back", async () => {
    const run = async (token: string) => {
      const statuses = [];
      for (let n = 0; n < 6; n++) statuses.push((await api.call("GET", "/api/v1/jobs", undefined, { token })).status);
      return statuses;
    };
    const all = [200, 200, 200, 200, 200, 429];
    expect(await run(await api.client("before"))).toEqual(all);
    await redis.kill();
    expect(await run(await api.client("meanwhile"))).toEqual(all);
    await redis.start();
    const store = createRedisLimitStore({ url: redis.now.url, prefix: api.config.redisPrefix });
    try {
      let clients = 0;
      // Each time somebody new: who was counted by the process itself meanwhile goes on so until that is over.
      const told = async () => {
        const token = await api.client(`after-${++clients}`);
        expect((await api.call("GET", "/api/v1/jobs", undefined, { token })).status).toBe(200);
        const client = await api.deps.clients.byToken(token);
        return (await store.take(`client:${client?.id}`, { limit: 5, periodMs: 600_000 }, 0))?.spentMs ?? 0;
      };
      await expect.poll(told, { timeout: 60_000 }).toBeGreaterThan(0);
    } finally {
      store.close();
    }
  });
});
