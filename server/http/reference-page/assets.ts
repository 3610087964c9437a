import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PAGE_SCRIPT, THEME_SCRIPT } from "./script";
import { PAGE_STYLE } from "./style";

export const DOCS_ASSETS = ["swagger-ui.css", "swagger-ui-bundle.js", "page.css", "page.js", "theme.js"] as const;
export type DocsAsset = (typeof DOCS_ASSETS)[number];

const OWN: Partial<Record<DocsAsset, string>> = {
  "page.css": PAGE_STYLE,
  "page.js": PAGE_SCRIPT,
  "theme.js": THEME_SCRIPT,
};
const loaded = new Map<DocsAsset, Promise<Uint8Array>>();

/** The bytes of a file of the page, kept after they were read once. */
export function docsAsset(name: DocsAsset): Promise<Uint8Array> {
  const known = loaded.get(name) ?? readAsset(name);
  loaded.set(name, known);
  known.catch(() => loaded.delete(name));
  return known;
}

async function readAsset(name: DocsAsset): Promise<Uint8Array> {
  const own = OWN[name];
  if (own !== undefined) return Buffer.from(own);
  return readFile(join(dirname(packageFile()), name));
}

/** The library stays where npm put it, also when this file is part of a bundle. */
function packageFile(): string {
  return createRequire(import.meta.url).resolve("swagger-ui-dist/package.json");
}

/** Names the files in the page's links, so that browsers keep them until another version is installed. */
export function docsVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile(), "utf8")) as { version: string };
  return version;
}
