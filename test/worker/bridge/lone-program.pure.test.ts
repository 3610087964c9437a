import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { builtEntry } from "@/server/built-entry";
import { bridgeEntry } from "@/server/worker/bridge/hosts/bridge-entry";
import { fixtureCode } from "@/test/worker/bridge/fixture-code";

const patience = { timeout: 120_000 };

/** Runs test/worker/bridge/lone-program.ts and answers what it printed and how it ended. */
async function runProgram(what: string): Promise<{ printed: unknown; end: number | string | null }> {
  const source = "test/worker/bridge/lone-program.ts";
  const program = builtEntry({ file: "bridge-lone-program.js", source, from: import.meta.url });
  const child = spawn(process.execPath, [program, what, bridgeEntry().href, fixtureCode("echo").module ?? ""], {
    env: {} as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  // Not "close": what it leaves behind may hold its output open.
  const end = await new Promise<number | string | null>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  await expect.poll(() => output, { timeout: 60_000 }).toContain("\n");
  return { printed: JSON.parse(output), end };
}

function isRunning(pid: number): boolean {
  if (process.platform === "linux") {
    const file = `/proc/${pid}/stat`;
    return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, "utf8"));
  }
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

it("idle slots do not keep a program up", patience, async () => {
  expect(await runProgram("leave")).toEqual({ printed: ["1", "1"], end: 0 });
});

it("what runs in slots does", patience, async () => {
  expect(await runProgram("wait")).toEqual({ printed: ["rested", "rested"], end: 0 });
});

it("a process does not outlive the program that was killed, even in an endless loop", patience, async () => {
  const { printed, end } = await runProgram("die");
  expect(end).toBe("SIGKILL");
  const [pid] = printed as [number];
  await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
});
