import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { builtEntry } from "@/server/built-entry";
import { bridgeEntry } from "@/server/worker/bridge/hosts/bridge-entry";
import { fixtureCode } from "@/test/worker/bridge/fixture-code";
import { isRunning } from "@/test/worker/bridge/is-running";

const patience = { timeout: 120_000 };

/** Starts test/worker/bridge/lone-program.ts; its first line is JSON. */
function startProgram(what: string) {
  const source = "test/worker/bridge/lone-program.ts";
  const program = builtEntry({ file: "bridge-lone-program.js", source, from: import.meta.url });
  const child = spawn(process.execPath, [program, what, bridgeEntry().href, fixtureCode("echo").module ?? ""], {
    env: {} as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const printed = async () => {
    await expect.poll(() => output, { timeout: 60_000 }).toContain("\n");
    return JSON.parse(output) as unknown;
  };
  // Not "close": what it leaves behind may hold its output open.
  const end = new Promise<number | string | null>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  return { printed, end, release: () => child.stdin.end() };
}

/** What it printed, and how it ended. */
async function runProgram(what: string): Promise<{ printed: unknown; end: number | string | null }> {
  const { printed, end } = startProgram(what);
  return { end: await end, printed: await printed() };
}

it("idle slots do not keep a program up", patience, async () => {
  expect(await runProgram("leave")).toEqual({ printed: ["1", "1"], end: 0 });
});

it("what runs in slots does", patience, async () => {
  expect(await runProgram("wait")).toEqual({ printed: ["rested", "rested"], end: 0 });
});

it(
  "a process does not outlive the program that was killed, even in an endless loop, nor what it started",
  patience,
  async () => {
    const { printed, end } = await runProgram("die");
    expect(end).toBe("SIGKILL");
    const pids = printed as number[];
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isRunning), { timeout: 60_000 }).toEqual([]);
  },
);

it("nor the thread that it belongs to", patience, async () => {
  const { printed, end, release } = startProgram("thread");
  const pids = (await printed()) as number[];
  expect(pids).toHaveLength(2);
  await expect.poll(() => pids.filter(isRunning), { timeout: 60_000 }).toEqual([]);
  release();
  expect(await end).toBe(0);
});
