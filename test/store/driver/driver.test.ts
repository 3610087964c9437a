import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { recordUse } from "@/test/support/record-use";

test("backends killed inside transactions and three restarts under load: nothing torn, lost, stuck or uncaught", async () => {
  recordUse("postgres");
  // A process of its own, so that an uncaught error of the driver is counted and ends nothing else.
  const command = ["--import", "tsx", "test/store/driver/main.ts", "--driver", "pg", "--seconds", "12"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 100_000 }).catch((error) => error);
  console.log(stdout.trim());
  expect(stdout).toContain("torn / lost / stuck / uncaught: 0 / 0 / 0 / 0");
  const [, acknowledged, killed] =
    /(\d+) acknowledged, \d+ refused, (\d+) backends killed, 3 restarts/.exec(stdout) ?? [];
  expect(Number(acknowledged)).toBeGreaterThan(100);
  expect(Number(killed)).toBeGreaterThan(10);
}, 120_000);
