import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "@/test/support/browser";
import { type System, startSystem } from "@/test/support/system";
import { explainFailures, newOperator, type Operator, signInByPassword, untilSeen } from "./operator";

const LIMIT_MS = 300_000;

/** Its input has a rule that only the server checks. */
const order = {
  name: "order",
  description: "An order that a person signs off.",
  labels: { customer: "${initial_data.customer}" },
  input_schema: {
    type: "object",
    required: ["customer", "boxes"],
    properties: {
      customer: { type: "string", title: "Customer" },
      boxes: { type: "integer", title: "Boxes", multipleOf: 12 },
    },
  },
  states: {
    sign_off: {
      type: "approval",
      start: true,
      message: "Send ${initial_data.boxes} boxes to ${initial_data.customer}?",
      transitions: { approved: "sent", rejected: "refused" },
    },
    sent: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

let system: System;
let browser: Browser;
let operator: Operator;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ pages: true }), launchBrowser()]);
  operator = await newOperator(browser, system);
  await signInByPassword(operator, system);
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, LIMIT_MS);

explainFailures(() => operator);

test(
  "a new installation offers a sample, runs it at a press, and then shows the overview",
  async () => {
    const page = await operator.open("/");
    await page.getByRole("heading", { name: "Run your first job" }).waitFor();
    await page.getByText("curl -X POST").waitFor();
    await page.getByRole("button", { name: "Run square_numbers" }).click();
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/);
    const jobId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    // A person's job belongs to the operators, so it is asked for with the person's session.
    const job = async () => (await operator.context.request.get(`/api/v1/jobs/${jobId}`)).json();
    await untilSeen(page, "the job's end", async () => (await job()).status === "finished");
    expect((await job()).result).toEqual({ sum: 338_350 });
    await page.goto("/");
    await page.getByRole("heading", { name: "Jobs ended" }).waitFor();
    expect(await page.getByRole("heading", { name: "Run your first job" }).count()).toBe(0);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "new jobs wait behind a button, shown rows change in place, and the keyboard goes through them",
  async () => {
    await system.put(order);
    const first = await system.startJob("order", { customer: "acme", boxes: 12 });
    const page = await operator.open("/jobs?blueprint=order");
    const row = page.locator(`tr[data-row="${first}"]`);
    await page.locator(`tr[data-row="${first}"][data-status="needs_approval"]`).waitFor();
    await live(page);

    const second = await system.startJob("order", { customer: "globo", boxes: 24 });
    const more = page.getByRole("button", { name: /1 new job/ });
    await more.waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);

    await system.api("POST", `/api/v1/jobs/${first}/cancel`, {});
    await page.locator(`tr[data-row="${first}"][data-status="cancelled"]`).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);

    await page.keyboard.press(".");
    await page.locator(`tr[data-row="${second}"]`).waitFor();
    await expect.poll(() => rowsOf(page)).toEqual([second, first]);

    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect.poll(() => row.locator("a.row-link").evaluate((link) => link === document.activeElement)).toBe(true);
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === `/jobs/${second}`);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "every filter is in the address, and a list that is filtered to nothing says so",
  async () => {
    const page = await operator.open("/jobs");
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("globo");
    await page.waitForURL((url) => url.searchParams.get("q") === "globo");
    await untilSeen(page, "the one job", async () => (await page.locator("tbody tr").count()) === 1);
    await page.getByRole("textbox", { name: /Add a label/ }).fill("customer=acme");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.get("label") === "customer=acme");
    await page.locator("[data-picture=filtered]").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).first().click();
    await page.waitForURL((url) => url.search === "");
    await page.getByRole("button", { name: "Cancelled" }).click();
    await page.waitForURL((url) => url.searchParams.get("status") === "cancelled");
    await untilSeen(page, "cancelled jobs alone", async () => {
      const statuses = await page
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((each) => each.getAttribute("data-status")));
      return statuses.length > 0 && statuses.every((status) => status === "cancelled");
    });
    await page.reload();
    await page.locator('tr[data-status="cancelled"]').waitFor();
    await page.goBack();
    await page.locator('tr[data-status="needs_approval"]').waitFor();
    await page.close();
  },
  LIMIT_MS,
);

test(
  "a refused input keeps what was typed and says what is wrong at its field",
  async () => {
    const page = await operator.open("/blueprints/order");
    const form = page.getByRole("region", { name: /Start a job/ });
    await form.getByLabel("Customer").fill("wayne");
    await form.getByLabel("Boxes").fill("13");
    await form.getByRole("button", { name: "Start" }).click();
    await form.getByText(/12/).first().waitFor();
    await untilSeen(page, "the wrong field", async () => (await form.locator('[aria-invalid="true"]').count()) === 1);
    expect(await form.getByLabel("Customer").inputValue()).toBe("wayne");
    expect(await form.getByLabel("Boxes").inputValue()).toBe("13");
    await form.getByLabel("Boxes").fill("36");
    await form.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "of two decisions at the same moment one counts, and the other person sees whose",
  async () => {
    const job = await system.startJob("order", { customer: "initech", boxes: 48 });
    const { approval_id: id } = await system.untilJob(job, "waiting_for_human");
    const page = await operator.open(`/approvals/${id}`);
    const decision = page.getByRole("region", { name: "Your decision" });
    await decision.getByLabel("Comment").fill("Fine.");
    // Somebody else is faster: between this person's press and the server.
    await page.route(`**/api/v1/approvals/${id}/decide`, async (route) => {
      const other = await system.api("POST", `/api/v1/approvals/${id}/decide`, { decision: "rejected" });
      expect(other.status, JSON.stringify(other.body)).toBe(200);
      await route.continue();
    });
    await decision.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText(/Your decision was not taken/).waitFor();
    await page.getByText("Decided: rejected").waitFor();
    await expect.poll(() => decision.count()).toBe(0);
    await system.untilJob(job, "failed");
    await page.close();
    // The browser itself notes the answer 409 in its console; nothing else may stand there.
    expect(operator.errors.filter((error) => !error.includes("409") && !error.includes("400"))).toEqual([]);
  },
  LIMIT_MS,
);

test(
  "an approval leads through: the inbox lists it, what follows is said, and after the decision it is gone",
  async () => {
    const job = await system.startJob("order", { customer: "umbrella", boxes: 60 });
    const { approval_id: id } = await system.untilJob(job, "waiting_for_human");
    const page = await operator.open("/approvals");
    const entry = page.locator(`[data-row="${id}"] a`);
    await entry.click();
    await page.waitForURL((url) => url.pathname === `/approvals/${id}`);
    await page.getByRole("heading", { name: "Send 60 boxes to umbrella?" }).waitFor();
    const follows = page.getByRole("region", { name: "What follows" });
    await follows.getByText("the job ends, succeeded").waitFor();
    await follows.getByRole("button", { name: "Reject" }).click();
    await follows.getByText("the job ends, failed").waitFor();
    await page
      .getByRole("region", { name: "Your decision" })
      .getByRole("button", { name: "Approve", exact: true })
      .click();
    await page.getByText("You decided: approved").waitFor();
    await untilSeen(page, "an inbox without it", async () => (await entry.count()) === 0);
    await system.untilJob(job, "finished");
    await page.close();
  },
  LIMIT_MS,
);

test(
  "an approval appears whole: nothing that comes late pushes its buttons away",
  async () => {
    const job = await system.startJob("order", { customer: "stark", boxes: 72 });
    const { approval_id: id } = await system.untilJob(job, "waiting_for_human");
    const page = await operator.context.newPage();
    const letPass: (() => void)[] = [];
    const held = new Promise<void>((resolve) => letPass.push(resolve));
    for (const late of ["**/api/v1/blueprints/order*", "**/api/v1/jobs/*/history*"])
      await page.route(late, (route) => held.then(() => route.continue()));
    await page.goto(`/approvals/${id}`);
    await page.getByText("sign_off").first().waitFor();
    const approve = page.getByRole("button", { name: "Approve", exact: true }).last();
    expect(await approve.count()).toBe(0);
    letPass[0]?.();
    await approve.waitFor();
    const place = await approve.boundingBox();
    await page.getByRole("region", { name: "What follows" }).getByText("the job ends, succeeded").waitFor();
    await page.locator("[data-event=approval_asked]").waitFor();
    expect(await approve.boundingBox()).toEqual(place);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "an admin makes a client, sees its token once, and disables it",
  async () => {
    const page = await operator.open("/settings/tokens");
    await page.getByRole("button", { name: "New client" }).click();
    await page.getByRole("textbox", { name: "Name (required)" }).fill("billing");
    await page.getByRole("textbox", { name: "Monthly quota" }).fill("2");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Make the token" }).click();
    const token = (await page.locator("[data-secret]").textContent()) ?? "";
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "I have copied it" }).click();
    await page.locator("[data-row=billing]").getByText("0 of 2 used").waitFor();
    expect(await page.content()).not.toContain(token);
    const asked = () => operator.context.request.get("/api/v1/jobs", { headers: { "x-client-token": token } });
    expect((await asked()).status()).toBe(200);
    await page.getByRole("button", { name: "Actions for billing" }).click();
    await page.getByRole("menuitem", { name: "Disable" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await page.locator("[data-row=billing] .status").getByText("Disabled").waitFor();
    expect((await asked()).status()).toBe(401);
    await page.close();
  },
  LIMIT_MS,
);

async function live(page: Page): Promise<void> {
  await page.locator("[data-live=live]").waitFor();
}

function rowsOf(page: Page): Promise<(string | null)[]> {
  return page.locator("tbody tr").evaluateAll((rows) => rows.map((each) => each.getAttribute("data-row")));
}
