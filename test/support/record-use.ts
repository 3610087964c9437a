import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject } from "vitest";

export type ServerKind = "postgres" | "redis" | "browser";

/** Notes that the running test file really used a server, for the table of counts at the end of `npm test`. */
export function recordUse(kind: ServerKind): void {
  const file = expect.getState().testPath ?? "";
  appendFileSync(join(process.env.BATUTA_TEST_USES ?? inject("runFolder"), "uses.tsv"), `${kind}\t${file}\n`);
}
