import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blockingBlueprint, expectBlockingRefused } from "@/test/support/blocking-blueprint";
import { launchBrowser } from "@/test/support/browser";
import { withSystem } from "@/test/support/system";
import { newOperator, signInByPassword } from "./operator";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

it("under plain `next start` the same API and engine run a job to its end, and its page shows it", async () => {
  const code = blockingBlueprint();
  const environment = { BLUEPRINTS_DIR: code.folder };
  await withSystem({ plainNext: true, pages: true, environment }, async (system) => {
    await expectBlockingRefused(system);
    const job = await system.startJob("square_numbers", { count: 20 });
    const { result } = await system.untilJob(job, "finished");
    expect(result).toEqual({ sum: 2870 });
    expect((await system.api("GET", "/_public/status")).body).toMatchObject({ status: "ok" });
    expect((await system.api("GET", "/readyz/db")).body).toMatchObject({ name: "db", ok: true });

    const operator = await newOperator(browser, system);
    await signInByPassword(operator, system);
    const page = await operator.open(`/jobs/${job}`);
    await page.getByText("square_numbers").first().waitFor();
    await expect.poll(() => page.title(), { timeout: 30_000 }).toMatch(/^Succeeded/);
    await operator.context.close();
  }).finally(code.remove);
}, 180_000);
