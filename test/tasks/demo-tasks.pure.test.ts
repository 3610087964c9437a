import { describe, expect, it } from "vitest";
import { taskFunctions } from "@/server/tasks/registry";
import { dataOf, runDeclared, taskContext } from "@/test/tasks/task-context";

async function run(type: string, params: Record<string, unknown>, changes: Parameters<typeof taskContext>[0] = {}) {
  const context = await taskContext(changes);
  const work = taskFunctions[type];
  if (!work) throw new Error(`no task ${type}`);
  return { data: dataOf(await runDeclared(work, params, context, type)), told: context.told };
}

describe("demo tasks", () => {
  it("echo returns its parameters", async () => {
    expect((await run("demo_echo", { a: [1, { b: null }] })).data).toEqual({ a: [1, { b: null }] });
  });

  it("square squares, and names a wrong parameter", async () => {
    expect((await run("demo_square", { n: -12 })).data).toEqual({ n: -12, square: 144 });
    await expect(run("demo_square", { n: "x" })).rejects.toMatchObject({
      code: "INVALID_INPUT_ERROR",
      message: expect.stringMatching(/^Task demo_square .* n: /),
    });
  });

  it("sleep tells progress to the end", async () => {
    const { data, told } = await run("demo_sleep", { ms: 20 });
    expect(data).toEqual({ slept_ms: 20 });
    expect(told.map(({ fraction }) => fraction)).toEqual(Array.from({ length: 20 }, (_, step) => (step + 1) / 20));
  });

  it("sleep stops on abort", async () => {
    const stop = new AbortController();
    const progress = () => stop.abort();
    await expect(run("demo_sleep", { ms: 3_600_000 }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "TRANSIENT_ERROR",
    });
    await expect(run("demo_sleep", { ms: 2000 }, { signal: stop.signal, progress })).rejects.toMatchObject({
      code: "TRANSIENT_ERROR",
    });
  });

  it("fail fails so many times with the code", async () => {
    await expect(run("demo_fail", { code: "SECURITY_ERROR" }, { attempt: 99 })).rejects.toMatchObject({
      code: "SECURITY_ERROR",
    });
    await expect(run("demo_fail", { times: 2 }, { attempt: 2 })).rejects.toMatchObject({ code: "TRANSIENT_ERROR" });
    expect((await run("demo_fail", { times: 2 }, { attempt: 3 })).data).toEqual({ attempts: 3 });
    await expect(run("demo_fail", { code: "NO_SUCH" })).rejects.toMatchObject({ code: "INVALID_INPUT_ERROR" });
  });
});
