import { expect, test } from "vitest";
import { ConfigError } from "@/server/config";
import { awaitServers, ServersAwayError } from "@/server/worker/await-servers";

type Servers = Parameters<typeof awaitServers>[0];

const there: Servers = {
  database: async () => ({ missingMigrations: [] }),
  redis: async () => true,
  transportMode: async () => "redis",
};

function wait(change: Partial<Servers>, deadlineMs = 20) {
  const told: string[][] = [];
  const stop = new AbortController();
  const waited = awaitServers(
    { ...there, ...change },
    { deadlineMs, stop: stop.signal, onWaiting: (all) => told.push(all) },
  );
  return { waited, told, stop };
}

test("what is there is not waited for, and what comes late is", async () => {
  await wait({}).waited;
  let asked = 0;
  const late = wait({ redis: async () => ++asked > 2 }, 60_000);
  await late.waited;
  expect([asked, late.told]).toEqual([3, [["REDIS_URL: Redis does not answer, or refuses the password"]]]);
});

test("a Redis that the others do without is done without here too", async () => {
  await wait({ redis: async () => false, transportMode: async () => "postgres" }).waited;
  await wait({ redis: null }).waited;
});

test("what does not come in time is named with its variable, all of it at once", async () => {
  const away = () => Promise.reject(new Error("connect ECONNREFUSED"));
  const failed = wait({ database: away, redis: async () => false, transportMode: away }).waited;
  await expect(failed).rejects.toThrow(ServersAwayError);
  await expect(failed).rejects.toThrow(
    /WORKER_START_DEADLINE_SECONDS[\s\S]*DATABASE_URL: .*ECONNREFUSED[\s\S]*REDIS_URL/,
  );
  const old = wait({ database: async () => ({ missingMigrations: ["0007_x", "0008_y"] }) }).waited;
  await expect(old).rejects.toThrow(/DATABASE_URL: the database lacks 2 migrations \(0007_x/);
});

test("a refusal is a fault of the configuration, at once; a stop ends the waiting", async () => {
  const refused = Object.assign(new Error('password authentication failed for user "u"'), { code: "28P01" });
  const failed = wait({ database: () => Promise.reject(refused) }, 600_000).waited;
  await expect(failed).rejects.toThrow(ConfigError);
  await expect(failed).rejects.toThrow(/DATABASE_URL is refused by the server: password authentication failed/);
  const { waited, stop } = wait({ redis: async () => false }, 600_000);
  stop.abort();
  await expect(waited).rejects.toThrow(/abort/i);
});
