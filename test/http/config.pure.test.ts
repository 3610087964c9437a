import { expect, test } from "vitest";
import { ConfigError, readConfig } from "@/server/config";
import { createLog } from "@/server/log";

const GOOD = { DATABASE_URL: "postgres://u:p@localhost:5432/batuta" };

test("a good environment is read with the defaults of a quiet start", () => {
  const config = readConfig({ ...GOOD, REDIS_URL: "", PORT: "4000" });
  expect(config).toMatchObject({
    host: "127.0.0.1",
    port: 4000,
    local: false,
    redisUrl: null,
    clientApi: true,
    metricsRequireAuth: false,
  });
  expect([...config.roles]).toEqual(["web", "engine"]);
});

test("every faulty variable is named at once, without its value", () => {
  const faulty = {
    PORT: "http",
    BATUTA_ROLES: "web,boss",
    CLIENT_TOKEN: "short-one",
    BATUTA_ADMIN_EMAIL: "ana@example.com",
    LOG_LEVEL: "loud",
  };
  const read = () => readConfig(faulty);
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    const text = (error as ConfigError).message;
    for (const name of ["DATABASE_URL", "PORT", "BATUTA_ROLES", "CLIENT_TOKEN", "BATUTA_ADMIN_PASSWORD", "LOG_LEVEL"])
      expect(text).toContain(name);
    expect(text).not.toContain("short-one");
  }
});

test("example secrets of other people's documentation are refused", () => {
  expect(() => readConfig({ ...GOOD, CLIENT_TOKEN: "secure-orchestrator-token" })).toThrow(
    /CLIENT_TOKEN is an example/,
  );
});

test("the log masks telling fields and hidden values, in messages and stacks too, and keeps one line per entry", () => {
  const lines: string[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    hide: ["canary-0123456789"],
    write: (line) => lines.push(line),
  });
  const error = new Error("failed with canary-0123456789\nforged line", {
    cause: new Error("canary-0123456789 again"),
  });
  log.child({ request_id: "r1" }).error("the token canary-0123456789 was wrong", {
    authorization: "Bearer x",
    nested: { password: "p", api_key: "k", fine: "yes" },
    error,
  });
  const text = lines.join("\n");
  expect(lines).toHaveLength(1);
  expect(text).not.toContain("canary");
  expect(JSON.parse(text)).toMatchObject({
    request_id: "r1",
    authorization: "[hidden]",
    nested: { password: "[hidden]", api_key: "[hidden]", fine: "yes" },
  });
  createLog({ level: "warn", format: "text", write: (line) => lines.push(line) }).info("quiet");
  expect(lines).toHaveLength(1);
});
