import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "@/test/support/browser";
import { type System, startSystem } from "@/test/support/system";
import { violationsOf } from "./axe";
import { explainFailures, newOperator, type Operator, signInByPassword, untilSeen } from "./operator";

const LIMIT_MS = 300_000;

const payment = {
  name: "payment",
  states: {
    await_payment: {
      type: "wait",
      start: true,
      signal: "paid",
      timeout_seconds: 3600,
      transitions: { received: "done", timeout: "late" },
    },
    done: { type: "end", outcome: "success" },
    late: { type: "end", outcome: "failure" },
  },
};

const order = {
  name: "order_with_payment",
  states: {
    pay: { type: "child", start: true, blueprint: "payment", transitions: { success: "done", failure: "refused" } },
    done: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

/** Stands in quarantine until its data say that nothing fails. */
const delivery = {
  name: "delivery",
  states: {
    drive: {
      type: "task",
      start: true,
      task_type: "demo_fail",
      params: { code: "PERMANENT_ERROR", times: "${initial_data.failures}" },
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};

/** Two people have to agree. */
const fourEyes = {
  name: "four_eyes",
  states: {
    review: {
      type: "approval",
      start: true,
      message: "Ship it?",
      approvers: ["role:admin"],
      quorum: 2,
      transitions: { approved: "done", rejected: "refused" },
    },
    done: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

let system: System;
let browser: Browser;
let operator: Operator;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ pages: true }), launchBrowser()]);
  await Promise.all([payment, order, delivery, fourEyes].map((each) => system.put(each)));
  operator = await newOperator(browser, system);
  await signInByPassword(operator, system);
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, LIMIT_MS);

explainFailures(() => operator);

test(
  "a job is paused with a reason, resumed, and sent the signal that it waits for, after broken JSON was refused",
  async () => {
    const id = await system.startJob("payment", {});
    const page = await ready(`/jobs/${id}`);
    await page.locator("[data-why=signal]").getByText("somebody completes it by hand").waitFor();
    await page.keyboard.press("p");
    await dialog(page).getByLabel("Reason").fill("Until Monday");
    await dialog(page).getByRole("button", { name: "Pause the job" }).click();
    await page.locator("[data-reason=paused]").getByText("Until Monday").waitFor();
    await page.locator("[data-state=await_payment][data-s=paused]").waitFor();
    await dialog(page).waitFor({ state: "hidden" });
    await page.keyboard.press("p");
    await dialog(page).getByRole("button", { name: "Resume the job" }).click();
    await page.locator("[data-reason=waitSignal]").waitFor();
    await dialog(page).waitFor({ state: "hidden" });

    await page.keyboard.press("s");
    const send = dialog(page).getByRole("button", { name: "Send the signal" });
    await dialog(page).getByLabel("Payload").fill("{broken");
    await expect.poll(() => send.isDisabled()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
    await dialog(page).getByLabel("Payload").fill('{"amount": 7}');
    await send.click();
    await page.locator("[data-status=succeeded]").waitFor();
    expect((await system.untilJob(id, "finished")).result).toEqual({ await_payment: { amount: 7 } });
    await page.close();
  },
  LIMIT_MS,
);

test(
  "a parent shows its child live; the child's step completed by hand ends both, and says who did it",
  async () => {
    const id = await system.startJob("order_with_payment", {});
    const page = await ready(`/jobs/${id}`);
    const child = page.locator("[data-child]");
    await child.getByText("Waiting").waitFor();
    await page.locator("[data-reason=waitChild]").getByRole("link", { name: "Open the child" }).click();
    await page.getByRole("link", { name: /^child of / }).waitFor();
    await page.locator("[data-live=live]").waitFor();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Complete the step by hand…" }).click();
    await dialog(page).getByLabel("Outcome").selectOption({ label: "received → done" });
    await dialog(page).getByRole("button", { name: "Complete the step" }).click();
    await page.locator("[data-status=succeeded]").waitFor();
    await dialog(page).waitFor({ state: "hidden" });
    await page.keyboard.press("3");
    await page
      .locator("tr[data-step='await_payment~1']")
      .getByText(/by hand, /)
      .waitFor();
    await page.getByRole("link", { name: /^child of / }).click();
    await page.locator("[data-status=succeeded]").waitFor();
    await page.close();
  },
  LIMIT_MS,
);

test(
  "a fork begins where it is told, with the data put right, and each leads to the other",
  async () => {
    const id = await system.startJob("delivery", { failures: 0, to: "Vigo" });
    await system.untilJob(id, "finished");
    const page = await ready(`/jobs/${id}?step=drive~1`);
    await page.getByRole("button", { name: "Fork from here…" }).click();
    const input = dialog(page).getByLabel("Initial data");
    expect(JSON.parse(await input.inputValue())).toEqual({ failures: 0, to: "Vigo" });
    await input.fill('{"failures": 0, "to": "Porto"}');
    await dialog(page).getByText("1 change", { exact: true }).waitFor();
    expect(await dialog(page).locator("ins").textContent()).toContain('initial_data.to "Porto"');
    await dialog(page).getByRole("button", { name: "Start the fork" }).click();
    await page.waitForURL((url) => /^\/jobs\/[0-9a-f-]{36}$/.test(url.pathname) && !url.pathname.endsWith(id));
    const fork = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await page.getByRole("link", { name: /^fork of / }).waitFor();
    expect((await system.untilJob(fork, "finished")).input).toEqual({ failures: 0, to: "Porto" });
    await page.close();
  },
  LIMIT_MS,
);

test(
  "of a cause in quarantine one job goes first with edited data; a person looks, and the rest follows",
  async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await system.startJob("delivery", { failures: 9, n }));
    for (const id of ids) await system.untilJob(id, "quarantined");

    const page = await ready("/quarantine?blueprint=delivery");
    await page.getByRole("heading", { name: "3 jobs of this cause" }).waitFor();
    await page.keyboard.press("e");
    const example = dialog(page).getByLabel("Initial data, of the newest job as an example");
    await untilSeen(page, "the example's data", async () => (await example.inputValue()).includes("failures"));
    await dialog(page).locator("[data-frozen='3']").waitFor();
    await example.fill((await example.inputValue()).replace("9", "0"));
    expect(await violationsOf(page)).toEqual([]);
    await dialog(page).getByRole("button", { name: "Begin with 1 canary" }).click();
    await page.waitForURL(/\/bulk\/[0-9a-f-]{36}/);
    await page.locator("[data-phase=asking] [data-verdict=well]").waitFor();
    await expect.poll(() => page.locator("tr[data-outcome=ok]").count()).toBe(1);
    await page.getByRole("link", { name: "Decide" }).click();
    await page.locator("form").getByRole("button", { name: "Approve" }).click();
    await page.getByText("You decided: approved").waitFor();
    for (const id of ids) expect((await system.untilJob(id, "finished")).input.failures).toBe(0);
    await page.goBack();
    await page.locator("[data-phase=done]").waitFor();
    await expect.poll(() => page.locator("tr[data-outcome=ok]").count()).toBe(3);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "rows are chosen by key and by mouse; what is done to them is previewed, and reported per job",
  async () => {
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await system.startJob("payment", { bulk: n }));
    const page = await ready("/jobs?blueprint=payment&status=waiting");
    const row = (id: string | undefined) => page.locator(`tr[data-row="${id}"]`);
    await row(ids[0]).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await row(ids[1])
      .getByRole("checkbox")
      .click({ modifiers: ["Shift"] });
    const bar = page.getByRole("region", { name: "Selected jobs" });
    await bar.getByText("3 selected").waitFor();
    await bar.getByRole("button", { name: "Cancel…" }).click();
    await dialog(page).locator("[data-frozen='3']").waitFor();
    await dialog(page).getByLabel("Reason").fill("Ordered twice");
    await dialog(page).getByRole("button", { name: "Cancel 3 jobs" }).click();
    await page.locator("[data-phase=done]").waitFor();
    await expect.poll(() => page.locator("tr[data-outcome=ok]").count()).toBe(3);
    for (const id of ids.slice(1)) await system.untilJob(id, "cancelled");
    expect((await system.untilJob(ids[0] ?? "", "waiting")).status).toBe("waiting");
    await page.close();
  },
  LIMIT_MS,
);

test(
  "one of two voices is taken back; others are asked; an approval that changed meanwhile is shown as it is now",
  async () => {
    const job = await system.startJob("four_eyes", {});
    const { approval_id: id } = await system.untilJob(job, "waiting_for_human");
    const page = await ready(`/approvals/${id}`);
    const approve = page.locator("form").getByRole("button", { name: "Approve" });
    await approve.click();
    await page.getByText("Your voice counts", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Take my decision back…" }).click();
    await dialog(page).getByRole("button", { name: "Take it back" }).click();
    await page.locator("[data-event=approval_withdrawn]").waitFor();

    await page.getByRole("button", { name: "Ask others as well…" }).click();
    await dialog(page).getByLabel("Whom").fill("operator, ana@example.com");
    await dialog(page).getByRole("button", { name: "Ask them" }).click();
    await page
      .locator("[data-event=approval_delegated]")
      .getByText(/ana@example.com/)
      .waitFor();

    // Somebody asks one more between this person's press and the server.
    await page.route(`**/api/v1/approvals/${id}/decide`, async (route) => {
      const other = await operator.context.request.post(`/api/v1/approvals/${id}/delegate`, {
        data: { to: ["role:viewer"] },
        headers: { origin: system.url },
      });
      expect(other.status(), await other.text()).toBe(200);
      await route.continue();
    });
    await approve.click();
    await page.getByText(/the approval has changed since you saw it/).waitFor();
    await page.locator("[data-event=approval_delegated]").nth(1).waitFor();
    await page.close();
  },
  LIMIT_MS,
);

function dialog(page: Page) {
  return page.getByRole("dialog");
}

/** A page whose stream is open: buttons would be off else. */
async function ready(path: string): Promise<Page> {
  const page = await operator.open(path);
  await page.locator("[data-live=live]").first().waitFor();
  return page;
}
