import { linkSync, rmSync, writeFileSync } from "node:fs";
import { temporaryBeside } from "@/server/local/data-folder";

/** Creates `file` with `content` unless it exists; `false` when it does. Nobody ever sees it half written. */
export function createExclusively(file: string, content: string): boolean {
  const unfinished = temporaryBeside(file);
  writeFileSync(unfinished, content, { mode: 0o600 });
  try {
    linkSync(unfinished, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
