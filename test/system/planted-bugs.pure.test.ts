import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PLANTS, SHORT_WAITS } from "@/test/faults/plants";

const root = join(import.meta.dirname, "../..");
const patches = [...SHORT_WAITS, ...Object.values(PLANTS).flatMap((plant) => plant.patches)];

test.each(patches.map((patch) => [patch.file, patch.find, patch] as const))(
  "%s still has the one place where the fault run changes it: %s",
  (file, find, patch) => {
    const pieces = readFileSync(join(root, file), "utf8").split(find);
    expect(pieces).toHaveLength(2);
    expect(patch.replace).not.toBe(find);
  },
);
