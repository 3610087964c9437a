import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ParsedSource, parseSource } from "@/test/support/architecture/parse-source";

const folders = ["app", "components", "lib", "samples", "server", "test"];

/** Every TypeScript file of the project, parsed. */
export function readSources(root: string): ParsedSource[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("fixtures/"))
        .map((name) => {
          const path = `${folder}/${name}`;
          return parseSource(path, readFileSync(join(root, path), "utf8"));
        }),
    );
}
