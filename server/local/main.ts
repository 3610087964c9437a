import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildBundlesIfStale, buildIfStale } from "@/server/local/build";
import { buildTypes } from "@/server/local/build-types";
import { explainSystemError, SetupError } from "@/server/local/setup-error";
import { supervise } from "@/server/local/supervisor";
import { runWorkerCommand } from "@/server/local/worker-command";

const say = (line: string) => console.log(line);

try {
  const flags = new Set(process.argv.slice(2));
  if (flags.has("--build")) await buildAll(process.cwd());
  else if (flags.has("--doctor"))
    process.exitCode = await runDoctor(process.argv.slice(2).filter((word) => word !== "--doctor"));
  else if (process.argv[2] === "--worker")
    process.exitCode = await runWorkerCommand(process.cwd(), process.argv.slice(3));
  else process.exitCode = await supervise({ projectFolder: process.cwd(), development: flags.has("--dev"), say });
} catch (error) {
  const told = explainSystemError(error);
  if (told instanceof SetupError) console.error(`\n${told.message}\n${told.fix}`);
  else console.error(told);
  process.exitCode = 1;
}

/** What `npm start` builds for itself, and what other programs need to know of the library. */
async function buildAll(project: string): Promise<void> {
  await buildIfStale(project, say);
  await buildTypes(project, join(project, "dist", "types"));
}

/** The doctor is a bundle of its own, as it is used where nobody runs `npm start`. */
async function runDoctor(words: string[]): Promise<number> {
  await buildBundlesIfStale(process.cwd(), (line) => console.error(line));
  return spawnSync(process.execPath, ["dist/doctor.js", ...words], { stdio: "inherit" }).status ?? 2;
}
