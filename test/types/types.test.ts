import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const compiler = join(root, "node_modules/typescript/bin/tsc");

/** Compiles this folder, the planted file included, without output; gives the errors that the compiler prints. */
async function compile(): Promise<string[]> {
  try {
    await promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", "test/types/tsconfig.json"], {
      cwd: root,
    });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    return (stdout ?? String(error)).split("\n").filter((line) => line.includes("error TS"));
  }
}

describe("the types of blueprints", () => {
  let errors: string[] = [];

  beforeAll(async () => {
    errors = await compile();
  }, 120_000);

  it("refuse a transition to a state that does not exist", () => {
    const planted = errors.filter((line) => line.includes("planted/wrong-target.ts"));
    expect(planted).toHaveLength(1);
    expect(planted[0]).toContain("wrong-target.ts(7,");
    expect(planted[0]).toContain(`"publsh"' is not assignable to parameter of type '"publish"'`);
  });

  it("hold in every line that expects an error", () => {
    expect(errors.filter((line) => !line.includes("planted/"))).toEqual([]);
  });
});
