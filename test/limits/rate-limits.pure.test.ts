import { beforeEach, expect, test } from "vitest";
import { createGuessGuard } from "@/server/limits/guess-guard";
import { createLocalLimitStore, type LimitStore } from "@/server/limits/limit-store";
import { createRateLimits, type LimitClass, type RateLimits } from "@/server/limits/rate-limits";

const settings = { periodMs: 60_000, client: 6_000, heartbeat: 120, emptyPoll: 3 };

let now: number;
let blocked: LimitClass[];
/** Stands for Redis: one memory for two processes, which can be away. */
let shared: LimitStore & { asked: number; away: boolean };

beforeEach(() => {
  now = 0;
  blocked = [];
  const memory = createLocalLimitStore(() => now);
  shared = {
    asked: 0,
    away: false,
    async take(key, rate, cost) {
      shared.asked++;
      return shared.away ? null : memory.take(key, rate, cost);
    },
    close: () => undefined,
  };
});

const process = (store: LimitStore | null = shared): RateLimits =>
  createRateLimits(
    settings,
    store,
    (name) => blocked.push(name),
    () => now,
  );

async function grantedOf(limits: RateLimits, name: LimitClass, times: number): Promise<number> {
  let granted = 0;
  for (let n = 0; n < times; n++) if ((await limits.take(name, "a")).allowed) granted++;
  return granted;
}

test("request n + 1 is refused, counted, and told when to come again", async () => {
  const limits = process();
  const states = [];
  for (let n = 0; n < 4; n++) states.push(await limits.take("poll", "a"));
  expect(states.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
    [true, 2],
    [true, 1],
    [true, 0],
    [false, 0],
  ]);
  expect(states[3]).toMatchObject({ name: "poll", limit: 3, periodMs: 60_000, resetMs: 60_000, retryAfterMs: 20_000 });
  expect(blocked).toEqual(["poll"]);
  // Another caller, and another class of the same one, have limits of their own.
  expect((await limits.take("poll", "b")).allowed).toBe(true);
  expect((await limits.take("heartbeat", "a")).allowed).toBe(true);
  now = 20_000;
  expect((await limits.take("poll", "a")).allowed).toBe(true);
});

test("whoever was refused is so until there is room again, and Redis is not asked meanwhile", async () => {
  const limits = process();
  await grantedOf(limits, "poll", 4);
  const { asked } = shared;
  expect(await grantedOf(limits, "poll", 50)).toBe(0);
  expect(shared.asked).toBe(asked);
  expect(limits.open("poll", "a")).toBe(false);
  expect(limits.open("poll", "b")).toBe(true);
});

test("two processes share a limit: together they grant it, give or take the blocks that they hold", async () => {
  const [one, two] = [process(), process()];
  expect(await grantedOf(one, "poll", 2)).toBe(2);
  expect(await grantedOf(two, "poll", 2)).toBe(1);
  expect(await grantedOf(one, "poll", 1)).toBe(0);
  const granted = (await grantedOf(one, "client", 4_000)) + (await grantedOf(two, "client", 4_000));
  expect(granted).toBeLessThanOrEqual(6_000);
  expect(granted).toBeGreaterThan(6_000 - 64);
});

test("a limit that is far costs a question for every 32 requests; many at once ask once", async () => {
  const limits = process();
  expect(await grantedOf(limits, "client", 1_000)).toBe(1_000);
  expect(shared.asked).toBeLessThan(40);
  shared.asked = 0;
  const together = await Promise.all(Array.from({ length: 30 }, () => limits.take("client", "many")));
  expect(together.every(({ allowed }) => allowed)).toBe(true);
  expect(shared.asked).toBe(1);
});

test("a look charges nothing, and is as old as a second at most", async () => {
  const [one, two] = [process(), process()];
  for (let n = 0; n < 10; n++) expect((await one.look("poll", "a")).allowed).toBe(true);
  expect(shared.asked).toBe(1);
  expect(await grantedOf(two, "poll", 3)).toBe(3);
  expect((await one.look("poll", "a")).allowed).toBe(true);
  now = 1_100;
  expect(await one.look("poll", "a")).toMatchObject({ allowed: false, remaining: 0 });
});

test("without Redis, or while it is away, each process counts by itself", async () => {
  expect(await grantedOf(process(null), "poll", 9)).toBe(3);
  const limits = process();
  shared.away = true;
  expect(await grantedOf(limits, "poll", 9)).toBe(3);
  shared.away = false;
  now = 20_000;
  expect(await grantedOf(limits, "poll", 9)).toBe(3);
});

test("an address that guesses is heard no more, tokens that were good just now are", async () => {
  const limits = process();
  const guard = createGuessGuard(limits);
  guard.good("known token");
  for (let n = 0; n < 300; n++) {
    expect(await guard.refusal("192.0.2.1", `guess ${n}`)).toBeNull();
    await guard.wrong("192.0.2.1");
  }
  await guard.wrong("192.0.2.1");
  expect(await guard.refusal("192.0.2.1", "the next")).toMatchObject({
    name: "unauthorized",
    allowed: false,
    limit: 300,
  });
  expect(await guard.refusal("192.0.2.1", "known token")).toBeNull();
  expect(await guard.refusal("192.0.2.2", "another address")).toBeNull();
  expect(await guard.refusal(null, "an address that nobody tells")).toBeNull();
  now = 60_000;
  expect(await guard.refusal("192.0.2.1", "a minute later")).toBeNull();
});
