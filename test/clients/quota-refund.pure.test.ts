import { expect, test } from "vitest";
import { startJob } from "@/server/jobs/start-job";
import { EngineBusyError } from "@/server/turn/engine-busy";

/** What happens to the count when the submission ends so. */
async function refundsAfter(error: Error): Promise<number> {
  let refunds = 0;
  const quota = {
    charge: async () => true,
    refund: async () => {
      refunds += 1;
    },
    headers: async () => ({}),
  };
  const engine = {
    startJobs: async () => {
      throw error;
    },
  };
  const order = {
    blueprint: { id: 1, name: "any", shared: true, clientId: 1, document: {} },
    ...{ body: {}, clientId: 1, ownOnly: false, starter: { kind: "client", id: "1" }, idempotencyKey: null, trace: {} },
  };
  await expect(startJob(engine as never, order as never, quota)).rejects.toBe(error);
  return refunds;
}

test("what was refused is not counted", async () => {
  expect(await refundsAfter(new EngineBusyError())).toBe(1);
  expect(await refundsAfter(Object.assign(new Error("out of range"), { code: "22003" }))).toBe(1);
});

test("what may have been stored stays counted: a lost answer makes no job for nothing", async () => {
  expect(await refundsAfter(new Error("Connection terminated unexpectedly"))).toBe(0);
  expect(await refundsAfter(Object.assign(new Error("terminating connection"), { code: "57P01" }))).toBe(0);
});
