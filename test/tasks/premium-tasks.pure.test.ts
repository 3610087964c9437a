import { describe, expect, it } from "vitest";
import { demoRegisterService } from "@/server/tasks/premium/register-service";
import { demoSendEmail } from "@/server/tasks/premium/send-email";
import { dataOf, runDeclared, taskContext } from "@/test/tasks/task-context";

const call = (simulate: object) => ({ user_id: "user_123", simulate: { delay_ms: 0, ...simulate } });

describe.each([
  ["send_email", demoSendEmail, "message_id", /^msg_[0-9a-f]{24}$/],
  ["register_external_service", demoRegisterService, "subscription_id", /^sub_[0-9a-f]{24}$/],
] as const)("the service of %s", (_name, task, member, id) => {
  it("answers with the same id on every attempt of one task, and with another one to another task", async () => {
    const context = await taskContext();
    const first = dataOf(await runDeclared(task, call({}), context));
    const second = dataOf(await runDeclared(task, call({}), { ...context, attempt: 2 }));
    const other = dataOf(await runDeclared(task, call({}), await taskContext()));
    expect(first[member]).toMatch(id);
    expect(second).toEqual(first);
    expect(other[member]).not.toBe(first[member]);
  });

  it("fails so many times in a way that is retried, and then succeeds or refuses for good", async () => {
    const attempt = async (number: number, simulate: object) =>
      runDeclared(task, call(simulate), await taskContext({ attempt: number }));
    for (const number of [1, 2])
      await expect(attempt(number, { fail_times: 2 })).rejects.toMatchObject({ code: "TRANSIENT_ERROR" });
    expect(dataOf(await attempt(3, { fail_times: 2 }))[member]).toMatch(id);
    await expect(attempt(2, { fail_times: 2, fail_for_good: true })).rejects.toMatchObject({ code: "TRANSIENT_ERROR" });
    await expect(attempt(3, { fail_times: 2, fail_for_good: true })).rejects.toMatchObject({ code: "PERMANENT_ERROR" });
  });

  it("stops at once when it is told to, and says what it does", async () => {
    const stopped = await taskContext({ signal: AbortSignal.abort() });
    await expect(runDeclared(task, call({ delay_ms: 60_000 }), stopped)).rejects.toMatchObject({
      code: "TRANSIENT_ERROR",
    });
    const lines: string[] = [];
    const note = (message: string) => void lines.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    await runDeclared(task, call({}), await taskContext({ log }));
    expect(lines).toEqual(["calling the service", "the service answered"]);
  });

  it.each([{ delay_ms: -1 }, { delay_ms: 60_001 }, { fail_times: 1.5 }, { fail_for_good: "yes" }])(
    "refuses the setting %j",
    async (simulate) => {
      await expect(runDeclared(task, call(simulate), await taskContext())).rejects.toMatchObject({
        code: "INVALID_INPUT_ERROR",
      });
    },
  );
});
