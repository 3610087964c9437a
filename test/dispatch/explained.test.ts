import { afterAll, beforeAll, expect, test } from "vitest";
import { explainAnswer } from "@/lib/api/explain";
import { catalogue } from "@/server/catalogue/catalogue";
import { explainJob } from "@/server/jobs/explain/explain-job";
import { until } from "@/test/queue/queue-world";
import { asking, type DispatchWorld, dispatchWorld } from "./dispatch-world";

let world: DispatchWorld;

beforeAll(async () => {
  const wish = { requirements: { resources: { ram_gb: 64 } }, max_cost: 1 };
  world = await dispatchWorld("postgres", [asking("explained", wish)]);
});

afterAll(() => world.stop());

test("a waiting task tells at which requirement how many workers fell out, and then where it waits", async () => {
  const ram = (ram_gb: number, cost: number) => ({
    supported_skills: ["explained"],
    resources: { ram_gb },
    capabilities: { cost_per_skill: { explained: cost } },
  });
  await world.worker("other-skill", { supported_skills: ["other"] });
  await world.worker("small-1", ram(8, 1));
  await world.worker("small-2", ram(16, 1));
  await world.worker("dear", ram(64, 2));
  const leaving = await world.worker("leaving", ram(64, 1));
  await leaving.beat({ status: "draining" });
  const job = await world.engine.start("explained");
  const parts = { database: world.engine.database, catalogue: catalogue(world.engine.database, new Map()) };
  const first = async () => explainAnswer.parse(await explainJob(parts, job, null)).waiting[0];
  expect(await first()).toMatchObject({
    kind: "worker",
    key: "placement_none",
    waits_for: {
      placement: {
        workers: 5,
        suitable: 0,
        fell_out: [
          { reason: "skill_not_found", count: 1 },
          { reason: "worker_is_draining", count: 1 },
          { reason: "resource_mismatch", count: 2, details: ["ram_gb"] },
          { reason: "cost_too_high", count: 1, details: ["2"] },
        ],
      },
    },
  });
  await world.worker("good", ram(128, 0.5));
  await until("it is placed", async () => (await first())?.key === "placed");
  expect((await first())?.sentence).toContain("Waits at good");
  await parts.catalogue.close();
});
