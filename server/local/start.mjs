// The entry of `npm start`, `npm run dev` and `npm run build`. Plain JavaScript on purpose: on a fresh clone nothing
// is compiled yet, so this file bundles the launcher (server/local/main.ts) and hands over to it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const [major, minor] = process.versions.node.split(".").map(Number);

function stop(message) {
  console.error(message);
  process.exit(1);
}

if (major < 20 || (major === 20 && minor < 19)) {
  stop(`Batuta needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
}
if (process.platform === "win32") stop("Batuta runs on Linux and macOS. On Windows, use it inside WSL.");
if (!existsSync(join(project, "node_modules", "esbuild"))) stop("Dependencies are missing. Run `npm ci` first.");

process.chdir(project);
const { build, stop: stopBundler } = await import("esbuild");
const outfile = join(project, "dist", "local.js");
await build({
  entryPoints: [join(project, "server", "local", "main.ts")],
  absWorkingDir: project,
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "linked",
  logLevel: "warning",
});
await stopBundler();
await import(pathToFileURL(outfile).href);
