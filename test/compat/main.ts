import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildIfStale } from "@/server/local/build";
import { environmentFolder, missingSdk, SDK_VERSION } from "./reference-sdk";

/**
 * `npm run test:compat [test name]`: a worker written with the reference's Python SDK against the built system. Installs
 * the SDK from PyPI into a cache folder. Ends with 0 when all passed, 1 when something failed, and 2, with the reason,
 * when it could not run. `BATUTA_COMPAT_SDK` names another version of the SDK,
 * `BATUTA_COMPAT_SIGNATURES=optional` goes with those that are too old to sign.
 */
async function main(): Promise<number> {
  const reason = missingSdk() === null ? null : install();
  if (reason !== null) {
    console.error(`The compatibility run did not run: ${reason}`);
    return 2;
  }
  await buildIfStale(process.cwd(), (line) => console.log(line));
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const named = process.argv[2] === undefined ? [] : ["--testNamePattern", process.argv[2]];
  const child = spawn(
    process.execPath,
    [vitest, "run", "--project", "servers", "test/compat/reference-sdk.test.ts", ...named],
    { stdio: "inherit", env: { ...process.env, BATUTA_COMPAT: "full" } },
  );
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

/** Makes the environment; why it cannot be made, or null. */
function install(): string | null {
  const run = (command: string, given: string[]) => spawnSync(command, given, { encoding: "utf8", timeout: 300_000 });
  const found = ["python3", "python"].find(
    (name) => run(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).status === 0,
  );
  if (found === undefined) return "there is no Python 3.11 or newer on this machine (python3)";
  console.log(`Installing avtomatika-worker ${SDK_VERSION} below ${environmentFolder}`);
  rmSync(environmentFolder, { recursive: true, force: true });
  mkdirSync(join(environmentFolder, ".."), { recursive: true });
  const made = run(found, ["-m", "venv", environmentFolder]);
  if (made.status !== 0) return `Python makes no environment: ${(made.stderr || made.stdout).slice(-500)}`;
  const pip = [
    join(environmentFolder, "bin", "python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    `avtomatika-worker==${SDK_VERSION}`,
  ];
  const installed = run(pip[0] ?? "", pip.slice(1));
  if (installed.status === 0) return missingSdk();
  rmSync(environmentFolder, { recursive: true, force: true });
  return `PyPI gives no avtomatika-worker ${SDK_VERSION}: ${installed.stderr.slice(-500)}`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
