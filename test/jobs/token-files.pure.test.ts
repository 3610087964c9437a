import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTokenFiles } from "@/server/clients/token-files";
import { ConfigError } from "@/server/config";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batuta-tokens-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function files(clients: string | null, workers: string | null = null) {
  const put = (name: string, text: string | null) => {
    if (text === null) return null;
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return { clientsFile: put("clients.toml", clients), workersFile: put("workers.toml", workers) };
}

function read(clients: string | null, workers: string | null = null, workerAuthMode: "mixed" | "mtls-only" = "mixed") {
  return readTokenFiles({ ...files(clients, workers), workerAuthMode });
}

function faultsOf(clients: string | null, workers: string | null = null): string[] {
  try {
    read(clients, workers);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.replaceAll(`${folder}/`, ""));
    throw error;
  }
  return [];
}

test("a client has a token, a plan, a quota, params, scopes, and whatever else it says", () => {
  const { clients } = read(`
[acme]
token = "acme-secret-0123456789"
plan = "gold"
monthly_attempts = 100
scopes = ["jobs", "approvals"]
region = "eu"
since = 2026-01-31T09:30:00Z
params.languages = ["en", "es"]
`);
  expect(clients).toHaveLength(1);
  expect(clients?.[0]).toMatchObject({
    name: "acme",
    plan: "gold",
    monthlyAttempts: 100,
    scopes: ["jobs", "approvals"],
    params: { languages: ["en", "es"] },
    config: { region: "eu", since: "2026-01-31T09:30:00.000Z" },
  });
  expect(JSON.stringify(clients)).not.toContain("acme-secret");
  expect(read('[a]\ntoken = "0123456789abcdef"').clients?.[0]).toMatchObject({
    scopes: ["jobs"],
    monthlyAttempts: null,
    plan: null,
  });
});

test("a worker is named by its id, or by a pattern", () => {
  const text =
    '[gpu-1]\ntoken = "token-of-gpu-1-secret"\nskills = ["render"]\n["pattern:cpu-*"]\ntoken = "token-of-the-cpus"';
  expect(read(null, text).workers).toMatchObject([
    { name: "gpu-1", worker: "gpu-1", skills: ["render"] },
    { name: "pattern:cpu-*", worker: "cpu-*", skills: null },
  ]);
  expect(read(null, text, "mtls-only").workers).toBeNull();
});

test("every fault of both files is told at once, with file, line and key, and never with a value", () => {
  const clients = `
loose = "a text of its own"
[short]
token = "too-short"
[example]
token = "secure-orchestrator-token"
[missing]
plan = "gold"
[wrong]
token = "0123456789abcdef-1"
monthly_attempts = -1
scopes = ["jobs", "everything"]
params = "none"
plan = 7
[twin]
token = "0123456789abcdef-1x"
[twin-two]
token = "0123456789abcdef-1x"
[environment]
token = "0123456789abcdef-2"
`;
  const workers =
    '["gpu-*"]\ntoken = "0123456789abcdef-3"\nskill = "x"\n["pattern:a[0-9]"]\ntoken = "0123456789abcdef-4"\n';
  const faults = faultsOf(clients, workers);
  expect(faults.toSorted()).toEqual(
    [
      "clients.toml:2: [loose] must be a table: write [loose] on a line of its own, and its keys below",
      "clients.toml:4: [short] token must have at least 16 characters; `openssl rand -base64 32` makes a good one",
      "clients.toml:6: [example] token is an example from the documentation; choose one of your own",
      "clients.toml:7: [missing] token is missing; it must be a text",
      "clients.toml:14: [wrong] plan must be a text",
      "clients.toml:11: [wrong] monthly_attempts must be at least 0",
      "clients.toml:13: [wrong] params must be a table",
      "clients.toml:12: [wrong] scopes.1 must be one of jobs, blueprints, schedules, approvals, admin",
      "clients.toml:19: [environment] is a name that the system uses itself; choose another",
      "clients.toml:18: [twin-two] token is the same as that of [twin]; each needs its own",
      'workers.toml:1: ["gpu-*"] is a pattern; write ["pattern:gpu-*"]',
      'workers.toml:3: ["gpu-*"] skill is no key of an entry; remove it',
      'workers.toml:4: ["pattern:a[0-9]"] has brackets; a pattern knows * (any characters) and ? (one character) only',
    ].toSorted(),
  );
  for (const secret of ["too-short", "0123456789abcdef", "secure-orchestrator-token"])
    expect(faults.join("\n")).not.toContain(secret);
});

test.each([
  ["broken TOML", '[a]\ntoken = "0123456789abcdef\n', /^clients\.toml:2:\d+: /],
  ["the same table twice", '[a]\ntoken = "0123456789abcdef"\n[a]\n', /^clients\.toml:3:\d+: /],
  ["a list of tables", '[[a]]\ntoken = "0123456789abcdef"\n', /^clients\.toml:1: \[a\] must be a table/],
  [
    "a number that JSON does not know",
    '[a]\ntoken = "0123456789abcdef"\nx = inf\n',
    /^clients\.toml:3: \[a\] x: The number is out of range/,
  ],
  [
    "a key that reaches prototypes",
    '[a]\ntoken = "0123456789abcdef"\n[a.params]\nconstructor = 1\n',
    /^clients\.toml:4: \[a\] params\.constructor: The key/,
  ],
  [
    "facts that would burden every job",
    `[a]\ntoken = "0123456789abcdef"\nx = "${"y".repeat(17_000)}"\n`,
    /^clients\.toml:2: \[a\] has 17\d+ bytes/,
  ],
])("%s is a fault", (_what, text, expected) => {
  const faults = faultsOf(text);
  expect(faults).toEqual([expect.stringMatching(expected)]);
  expect(faults.join()).not.toContain("0123456789abcdef");
});

test("a file that is not there is a fault that names the variable", () => {
  const absent = { clientsFile: join(folder, "absent.toml"), workersFile: null, workerAuthMode: "mixed" as const };
  expect(() => readTokenFiles(absent)).toThrow(
    /CLIENTS_CONFIG_PATH names .*absent\.toml, which cannot be read \(ENOENT\)/,
  );
});
