import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { lastLines, runCommand } from "@/server/local/run-command";
import { SetupError } from "@/server/local/setup-error";

const ENTRIES = ["server/library.d.ts", "server/worker-sdk/sdk.d.ts", "server/worker/bridge/bridge.d.ts"];

/**
 * Writes the type declarations of the library, the worker SDK and the bridge below `outFolder` (`dist/types`): those that their entries lead to, with
 * imports that work outside of this project.
 */
export async function buildTypes(projectFolder: string, outFolder: string): Promise<void> {
  const draft = `${outFolder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const compiler = join(projectFolder, "node_modules", "typescript", "bin", "tsc");
  const { code, output } = await runCommand(
    process.execPath,
    [compiler, "-p", "tsconfig.library.json", "--outDir", draft],
    {
      cwd: projectFolder,
      env: process.env,
    },
  );
  if (code !== 0) {
    throw new SetupError(`The library's types do not build:\n${lastLines(output, 40)}`, "Mend them and build again.");
  }
  rmSync(outFolder, { recursive: true, force: true });
  copyReachable(draft, outFolder);
  rmSync(draft, { recursive: true, force: true });
}

function copyReachable(draft: string, outFolder: string): void {
  const waiting = [...ENTRIES];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const from = dirname(file);
    const text = readFileSync(join(draft, file), "utf8").replace(
      /(["'])(@\/|\.{1,2}\/)([^"']+)\1/g,
      (whole, quote, start, rest) => {
        const target = `${start === "@/" ? rest : join(from, start + rest)}.d.ts`;
        if (!existsSync(join(draft, target))) return whole;
        if (!seen.has(target)) waiting.push(target);
        seen.add(target);
        const path = relative(from, target.replace(/\.d\.ts$/, ".js"));
        return `${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
      },
    );
    mkdirSync(join(outFolder, from), { recursive: true });
    writeFileSync(join(outFolder, file), text);
  }
}
