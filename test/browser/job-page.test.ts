import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "@/test/support/browser";
import { type System, startSystem } from "@/test/support/system";
import {
  explainFailures,
  newOperator,
  type Operator,
  seenOn,
  signInByPassword,
  untilSeen,
  watchPage,
} from "./operator";

const LIMIT_MS = 300_000;

/** Branches that fail at once, branches that end, one that runs on; then an approval by two people. */
const spreadThenAsk = {
  name: "spread_then_ask",
  states: {
    weigh: {
      type: "choice",
      start: true,
      cases: [{ when: "initial_data.limit > 100", to: "refused" }],
      default: "spread",
    },
    spread: {
      type: "parallel",
      for_each: "${initial_data.times}",
      task: { task_type: "demo_sleep", params: { ms: "${item}" } },
      tolerate_failures: 3,
      aggregate_into: "review",
      transitions: { failure: "refused" },
    },
    review: {
      type: "approval",
      message: "Go on?",
      approvers: ["role:admin"],
      deadline_seconds: 3600,
      transitions: { approved: "done", rejected: "refused", expired: "refused" },
    },
    done: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

const standsStill = {
  name: "stands_still",
  states: {
    first: { type: "task", start: true, task_type: "demo_echo", params: { n: 1 }, transitions: { success: "broken" } },
    broken: {
      type: "task",
      task_type: "demo_fail",
      params: { code: "PERMANENT_ERROR" },
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};

let system: System;
let browser: Browser;
let operator: Operator;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ pages: true }), launchBrowser()]);
  await Promise.all([system.put(spreadThenAsk), system.put(standsStill)]);
  operator = await newOperator(browser, system);
  await signInByPassword(operator, system);
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, LIMIT_MS);

explainFailures(() => operator);

test(
  "one selection for graph, timeline, steps and events; it lives in the address",
  async () => {
    const id = await startSpread([5, -1, 5, 600_000]);
    const page = await operator.open(`/jobs/${id}`);
    await untilBranches(page, { failed: 1, running: 1 });
    expect(await inspected(page)).toBe("spread");
    expect(await edgeState(page, "weigh:default")).toBe("taken");
    expect(await edgeState(page, "weigh:cases[0].to")).toBe("untaken");
    expect(await page.locator(".cond").filter({ hasText: "limit > 100" }).textContent()).toContain("7");

    await page.locator("[data-state=review]").click();
    await page.getByText("The job has not come here.").waitFor();
    expect(new URL(page.url()).searchParams.get("step")).toBe("review");

    await page.keyboard.press("3");
    await page.locator("tr.is-selected[data-step=review]").waitFor();
    await page.getByRole("table", { name: "Steps" }).getByRole("button", { name: "spread" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("step")).toBe("spread~1");

    await page.keyboard.press("2");
    await page.locator('[data-row="spread~1"].is-sel').waitFor();
    await page.getByRole("button", { name: "Show the branches of spread" }).click();
    const branches = page.locator("li.child");
    await branches.first().waitFor();
    expect(await branches.first().getAttribute("data-row"), "failed branches come first").toBe("spread~1#1");
    await branches.first().getByRole("button").click();
    await page.getByRole("region", { name: "Selected step" }).getByText("Too small").first().waitFor();

    const link = page.url();
    expect(new URL(link).search).toBe("?view=timeline&step=spread~1&branch=1");
    await page.keyboard.press("4");
    await page.locator("tr[data-seq='1']").waitFor();
    await page.getByRole("button", { name: "Show the data of event 1", exact: true }).click();
    await page.getByRole("region", { name: "Data of event 1", exact: true }).waitFor();
    await page.close();

    const again = await operator.open(new URL(link).pathname + new URL(link).search);
    await again.locator('[data-row="spread~1#1"].is-sel').waitFor();
    await again.close();
  },
  LIMIT_MS,
);

test(
  "a job is cancelled after a question whose safe answer has the focus; the page shows who did it and why",
  async () => {
    const id = await startSpread([600_000, 600_000]);
    const page = await operator.open(`/jobs/${id}`);
    await page.locator("[data-live=live]").first().waitFor();
    await untilBranches(page, { running: 2 });
    const places = await nodePlaces(page);
    await watchPage(page);
    await page.keyboard.press("c");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("2 tasks that are queued or running are stopped").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Keep it running");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
    expect((await system.api("GET", `/api/v1/jobs/${id}`)).body.status).toBe("waiting_for_parallel_tasks");

    await page.getByRole("button", { name: "Cancel…" }).click();
    await dialog.getByLabel("Reason").fill("Started twice");
    await dialog.getByRole("button", { name: "Cancel the job" }).click();
    await page.locator("[data-status=cancelled]").waitFor();
    await page.locator("[data-reason=cancelled]").getByText("Started twice").waitFor();
    await untilSeen(page, "the title", async () => (await page.title()).startsWith("Cancelled · "));
    await expect.poll(() => page.getByRole("button", { name: "Cancel…" }).count()).toBe(0);
    expect(await nodePlaces(page), "no node moved").toEqual(places);
    await seenOn(page);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "two people act at once: the second one sees the newer state instead of an error",
  async () => {
    const id = await startSpread([600_000]);
    const page = await operator.open(`/jobs/${id}`);
    await untilBranches(page, { running: 1 });
    await page.getByRole("button", { name: "Cancel…" }).click();
    const dialog = page.getByRole("dialog");
    // The page hears of it at once, so its own request is held until the other one is through.
    await page.route("**/cancel", async (route) => {
      await system.api("POST", `/api/v1/jobs/${id}/cancel`, { reason: "I was first" });
      await route.continue();
    });
    await dialog.getByRole("button", { name: "Cancel the job" }).click();
    await page.getByText("Nothing was done: the job has changed in the meantime and is now: Cancelled.").waitFor();
    await page.locator("[data-reason=cancelled]").getByText("I was first").waitFor();
    await page.close();
  },
  LIMIT_MS,
);

test(
  "a job in quarantine says what failed and goes on when it is retried",
  async () => {
    const id = await system.startJob("stands_still", {});
    await system.untilJob(id, "quarantined");
    const page = await operator.open(`/jobs/${id}`);
    const reason = page.locator("[data-reason=quarantined]");
    await reason.waitFor();
    expect(await reason.textContent()).toContain("PERMANENT_ERROR Failed on purpose, attempt 1.");
    await expect.poll(() => page.title()).toMatch(/^Quarantined · .{8}….{6} · Jobs/);
    await untilSeen(page, "the step that failed is shown", async () => (await inspected(page)) === "broken");
    expect(await edgeState(page, "broken:transitions.success"), "it may still go there").toBe("ahead");
    const version = Number(await page.locator("[data-version]").getAttribute("data-version"));
    await page.getByRole("button", { name: "Retry…" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry from broken" }).click();
    await untilSeen(
      page,
      "events of the second try",
      async () => Number(await page.locator("[data-version]").getAttribute("data-version")) > version + 1,
    );
    await page.close();
  },
  LIMIT_MS,
);

test(
  "works by keyboard alone: nodes and branches are reached, named and chosen",
  async () => {
    const id = await startSpread([5, -1, 600_000]);
    const page = await operator.open(`/jobs/${id}`);
    await untilBranches(page, { failed: 1, running: 1 });
    const node = page.getByRole("button", { name: /^spread, parallel tasks, Running, ×3, 1 failed, 1 running$/ });
    await page.locator("[data-state=weigh]").focus();
    await page.keyboard.press("Tab");
    await expect.poll(() => node.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    const grid = page.getByRole("toolbar", { name: /^Branches of spread/ });
    await grid.getByRole("button").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "spread #1" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "The whole job" }).waitFor();
    await page.close();
  },
  LIMIT_MS,
);

test(
  "an address without a job says so",
  async () => {
    const page = await operator.open("/jobs/00000000-0000-7000-8000-000000000000");
    await page.getByText("This job is not here").waitFor();
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    await page.close();
  },
  LIMIT_MS,
);

function startSpread(times: number[]): Promise<string> {
  return system.startJob("spread_then_ask", { limit: 7, times });
}

/** Waits until the node of the fan-out shows these counts. */
async function untilBranches(page: Page, counts: { failed?: number; running?: number }): Promise<void> {
  const node = page.locator("[data-state=spread]");
  const words = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  await untilSeen(page, words.join(", "), async () => {
    const label = (await node.count()) > 0 ? ((await node.getAttribute("aria-label")) ?? "") : "";
    return words.every((word) => label.includes(word));
  });
}

async function inspected(page: Page): Promise<string | null> {
  return page.locator("[data-inspects]").first().getAttribute("data-inspects");
}

function edgeState(page: Page, edge: string): Promise<string | null> {
  return page.locator(`[data-edge="${edge}"]`).getAttribute("data-edge-state");
}

/** Where each state is drawn, in the drawing's own pixels. */
function nodePlaces(page: Page): Promise<string[]> {
  return page
    .locator(".react-flow__node")
    .evaluateAll((nodes) => nodes.map((node) => (node as HTMLElement).style.transform));
}
