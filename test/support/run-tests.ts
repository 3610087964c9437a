import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfStale } from "@/server/local/build";
import { explainSystemError, SetupError } from "@/server/local/setup-error";
import { countTests, describeCounts, type TestReport } from "@/test/support/test-counts";

// Builds what is stale, runs every test, and ends with the real counts. Arguments go to vitest.
const folder = mkdtempSync(join(tmpdir(), "batuta-test-report-"));
try {
  await buildIfStale(process.cwd(), (line) => console.log(line));
  const reportFile = join(folder, "report.json");
  const code = await runVitest(reportFile);
  const counts = countTests(readReport(reportFile), readUses(join(folder, "uses.tsv")), process.cwd(), code === 0);
  console.log(`\n${describeCounts(counts)}`);
  process.exitCode = code === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
} catch (error) {
  const told = explainSystemError(error);
  console.error(told instanceof SetupError ? `${told.message}\n${told.fix}` : told);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function runVitest(reportFile: string): Promise<number> {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, BATUTA_TEST_USES: folder },
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
  });
}

function readReport(file: string): TestReport {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TestReport;
  } catch (cause) {
    throw new Error("The tests ended without a report", { cause });
  }
}

function readUses(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // Nothing was used, e.g. when only pure tests were asked for.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
