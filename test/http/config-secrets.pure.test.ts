import { expect, test } from "vitest";
import { readConfig } from "@/server/config";
import { environment } from "@/server/config/environment";
import { taskEnvironment } from "@/server/config/task-environment";

const GOOD = { DATABASE_URL: "postgres://u:p%40ss-of-postgres@localhost:5432/batuta" };
const members = environment.shape as Record<string, { safeParse(value: string): { error?: { message: string } } }>;

/** By their schema, which wants something hard to guess, or else by their name. */
const secrets = Object.keys(members).filter(
  (name) =>
    /openssl rand/.test(members[name]?.safeParse("x").error?.message ?? "") ||
    /(?:TOKEN|SECRET|SECRET_KEY|API_KEY|PASSWORD)$/.test(name),
);

test("each variable that is a secret is in what logs hide, and none of them comes to a task", () => {
  const values = Object.fromEntries(secrets.map((name) => [name, `canary-${name}-0123456789-0123456789`]));
  const needed = { BATUTA_ADMIN_EMAIL: "a@example.com", TLS_PROXY_CN_HEADER: "x-cn", TLS_PROXY_ADDRESSES: "10.0.0.1" };
  const config = readConfig({ ...GOOD, ...values, ...needed });
  expect(secrets.length).toBeGreaterThan(10);
  expect(Object.values(values).filter((value) => !config.secrets.includes(value))).toEqual([]);
  expect(taskEnvironment({ ...values, NODE_ENV: "test" })).toEqual({ NODE_ENV: "test" });
});

test("so is the password of each URL, as it is written and as it is sent; nothing else is", () => {
  const { secrets } = readConfig({
    ...GOOD,
    REDIS_URL: "redis://:of-redis-%zz@localhost:6379",
    EMBEDDINGS_URL: "https://me:of-embeddings@example.com/v1",
    EMBEDDINGS_MODEL: "m",
    BATUTA_PUBLIC_URL: "https://batuta.example.com",
  });
  expect(secrets).toEqual(["p%40ss-of-postgres", "p@ss-of-postgres", "of-redis-%zz", "of-embeddings"]);
});
