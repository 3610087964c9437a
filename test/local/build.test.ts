import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { buildIfStale } from "@/server/local/build";
import { withLock } from "@/server/local/build-lock";
import { hashSources } from "@/server/local/source-hash";
import { makeSmallProject, type SmallProject } from "@/test/support/small-project";

describe("the build", () => {
  let project: SmallProject;
  beforeAll(async () => {
    project = await makeSmallProject();
  });
  afterAll(() => project.remove());

  it("happens when a source changed, and only then", async () => {
    const said: string[] = [];
    const run = () => buildIfStale(project.folder, (line) => said.push(line));
    const worker = join(project.folder, "dist/worker.js");
    await run();
    const first = statSync(worker).mtimeMs;
    await run();
    expect(statSync(worker).mtimeMs).toBe(first);
    expect(said).toEqual(["Building the server and the worker"]);

    writeFileSync(join(project.folder, "server/worker/main.ts"), 'console.log("changed");');
    await run();
    expect(readFileSync(worker, "utf8")).toContain("changed");
    rmSync(worker);
    await run();
    expect(readFileSync(worker, "utf8")).toContain("changed");
  });

  it("names the file and the line that do not build", async () => {
    writeFileSync(join(project.folder, "server/worker/main.ts"), "const = 1;");
    await expect(buildIfStale(project.folder, () => undefined)).rejects.toThrow(/server\/worker\/main\.ts:1:6/);
  });
});

describe("the hash of the sources", () => {
  it("changes with content, names and removals, not with times", () => {
    const root = mkdtempSync(join(inject("runFolder"), "hash-"));
    mkdirSync(join(root, "lib/deep"), { recursive: true });
    const write = (name: string, text: string) => writeFileSync(join(root, name), text);
    write("lib/a.ts", "a");
    write("lib/deep/b.ts", "b");
    const hash = () => hashSources(root, ["lib", "missing"], ["lib/ignored.ts"]);
    const first = hash();
    utimesSync(join(root, "lib/a.ts"), 1, 1);
    write("lib/ignored.ts", "anything");
    expect(hash()).toBe(first);
    write("lib/a.ts", "A");
    expect(hash()).not.toBe(first);
    write("lib/a.ts", "a");
    expect(hash()).toBe(first);
    rmSync(join(root, "lib/deep/b.ts"));
    expect(hash()).not.toBe(first);
  });
});

describe("the lock of the build", () => {
  it("lets one in at a time and passes over a dead holder", async () => {
    const file = join(mkdtempSync(join(inject("runFolder"), "lock-")), "build.lock");
    // The highest number that Linux gives to a process, and no other system goes as far.
    writeFileSync(file, "4194304");
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(file, () => undefined, work)));
    expect(most).toBe(1);
  });
});
