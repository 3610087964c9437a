import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder, temporaryBeside } from "@/server/local/data-folder";
import type { Progress } from "@/server/local/progress";
import { lastLines, runCommand } from "@/server/local/run-command";

/** A Chromium that starts on this machine. */
export interface BrowserBinary {
  path: string;
  /** Environment it needs in addition to ours. */
  env: Record<string, string>;
  /** e.g. "Chromium 147.0.7727.0" */
  version: string;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macApplications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Finds a browser: `CHROME_PATH`, the one from npm (Linux x64), an installed Chromium or Chrome, and at last Debian's
 * package when we are root. That from npm is the same everywhere, and has no window to draw: pages cost it half of what
 * an installed one takes. Throws with every reason when there is none: browser tests are never skipped.
 */
export async function findBrowser(projectFolder: string, progress: Progress): Promise<BrowserBinary> {
  const reasons: string[] = [];
  const attempt = async (path: string, env: Record<string, string> = {}) => {
    const answer = await askVersion(path, env);
    if ("reason" in answer) reasons.push(answer.reason);
    return "reason" in answer ? undefined : { path, env, version: answer.version };
  };

  const wanted = process.env.CHROME_PATH;
  if (wanted) {
    const found = await attempt(wanted);
    if (found) return found;
    throw new Error(`CHROME_PATH does not name a browser that starts here: ${reasons.join("; ")}`);
  }
  try {
    const fromNpm = await unpackFromNpm(projectFolder, progress);
    // Its own libraries only where the system's are missing: the system's are better kept.
    const found = (await attempt(fromNpm.path, fromNpm.fonts)) ?? (await attempt(fromNpm.path, fromNpm.libraries));
    if (found) return found;
  } catch (error) {
    reasons.push(`the browser from npm could not be unpacked: ${(error as Error).message}`);
  }
  for (const path of [...installed(), ...macApplications.filter(isExecutable)]) {
    const found = await attempt(path);
    if (found) return found;
  }
  const fromDebian = await installFromDebian(progress, reasons);
  const found = fromDebian === undefined ? undefined : await attempt(fromDebian);
  if (found) return found;
  throw new Error(
    `No browser for the browser tests. Install Chromium or Chrome, or set CHROME_PATH. Tried:\n- ${reasons.join("\n- ")}`,
  );
}

function installed(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function askVersion(
  path: string,
  env: Record<string, string>,
): Promise<{ version: string } | { reason: string }> {
  try {
    const { code, stdout, stderr } = await runCommand(path, ["--version"], {
      env: { ...process.env, ...env },
      timeoutMs: 30_000,
    });
    if (code === 0 && /chrom/i.test(stdout)) return { version: stdout.trim() };
    return { reason: `${path} does not start: ${lastLines(stderr || stdout, 1)}` };
  } catch (error) {
    return { reason: `${path} does not start: ${(error as Error).message}` };
  }
}

interface Unpacked {
  path: string;
  fonts: Record<string, string>;
  /** With its own libraries as well. */
  libraries: Record<string, string>;
}

/** Unpacks `@sparticuz/chromium` once for each version into a folder of ours; left alone it litters `/tmp`. */
async function unpackFromNpm(projectFolder: string, progress: Progress): Promise<Unpacked> {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("it exists for Linux x64 only");
  const entry = createRequire(join(projectFolder, "package.json")).resolve("@sparticuz/chromium");
  const { version } = JSON.parse(readFileSync(join(packageFolder(entry), "package.json"), "utf8")) as {
    version: string;
  };
  const cache = cacheFolder(join(projectFolder, ".batuta"));
  const target = join(cache, `chromium-${version}-${process.arch}`);
  if (!existsSync(target)) {
    progress("Unpacking the browser that came with npm (200 MB, once)");
    const unfinished = temporaryBeside(target);
    mkdirSync(unfinished, { recursive: true });
    try {
      const script = `import(${JSON.stringify(entry)}).then(({ default: m }) => (m.default ?? m).executablePath())`;
      // It unpacks into TMPDIR, and its libraries only when it believes to be in the place it was made for.
      const env = { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" };
      const result = await runCommand(process.execPath, ["-e", script], {
        cwd: projectFolder,
        env,
        timeoutMs: 180_000,
      });
      if (result.code !== 0) throw new Error(lastLines(result.stderr, 3));
      pointFontsTo(join(unfinished, "fonts", "fonts.conf"), join(target, "fonts"));
      renameSync(unfinished, target);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const fonts = { FONTCONFIG_PATH: join(target, "fonts") };
  const libraries = { ...fonts, LD_LIBRARY_PATH: join(target, "al2023", "lib") };
  return { path: join(target, "chromium"), fonts: existsSync("/etc/fonts/fonts.conf") ? {} : fonts, libraries };
}

/** Its list of font folders is written for another place. */
function pointFontsTo(settings: string, folder: string): void {
  writeFileSync(settings, readFileSync(settings, "utf8").replaceAll("/tmp/fonts", folder));
}

function packageFolder(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, "bin", "chromium.br"))) {
    if (folder === dirname(folder)) throw new Error("the package holds no browser");
    folder = dirname(folder);
  }
  return folder;
}

async function installFromDebian(progress: Progress, reasons: string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return undefined;
  progress("Installing Chromium with apt-get (about a minute)");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { code, stderr } = await runCommand("apt-get", args, { env, timeoutMs: 300_000 });
    if (code === 0) continue;
    reasons.push(`apt-get ${args[0]} failed: ${lastLines(stderr, 1)}`);
    return undefined;
  }
  return installed()[0];
}
