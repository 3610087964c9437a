import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Hash of names and contents of every file under `paths` (files or folders, relative to `root`; missing ones count as
 * empty), without those under `except`. Content, not time: a fresh checkout and a touched file are not changes.
 */
export function hashSources(root: string, paths: string[], except: string[] = []): string {
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) addPath(path);
  return hash.digest("hex");

  function addPath(path: string): void {
    if (except.includes(path)) return;
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      for (const name of readdirSync(join(root, path)).toSorted()) addPath(`${path}/${name}`);
    } else if (stats?.isFile()) {
      const content = readFileSync(join(root, path));
      hash.update(`${path}\0${content.length}\0`).update(content);
    }
  }
}
