import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "@/test/support/browser";
import { type System, startSystem } from "@/test/support/system";
import { differentTimes, manyTasks } from "@/test/system/many-tasks";
import { explainFailures, newOperator, type Operator, seenOn, signInByLink, untilSeen, watchPage } from "./operator";

const LIMIT_MS = 300_000;
const samples = join(import.meta.dirname, "../../samples");
const documents = ["harbour-handbook.pdf", "berth-allocation.md", "lighthouse-notice.html"];

let system: System;
let browser: Browser;
let operator: Operator;

beforeAll(async () => {
  [system, browser] = await Promise.all([
    startSystem({ pages: true, local: true, environment: { WORKER_LEASE_SECONDS: "30" } }),
    launchBrowser(),
  ]);
  // As most people see it: with motion.
  operator = await newOperator(browser, system, { reducedMotion: "no-preference" });
  await (await signInByLink(operator, system)).close();
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, LIMIT_MS);

explainFailures(() => operator);

test(
  "three documents: started by the form, watched live, approved with a comment, read and searched",
  async () => {
    // The worker stands still until somebody watches: nothing is over before it can be seen.
    system.pause("worker");
    const page = await startWith(documents);
    const jobId = jobIdOf(page);
    await watchPage(page);
    const timeline = await operator.open(`/jobs/${jobId}?view=timeline`);
    const rows = timeline.getByRole("tabpanel");
    await rows.getByText("inspect").first().waitFor();
    await watchPage(timeline);
    expect(await rows.getByText("review").count()).toBe(0);
    expect((await seenOn(page)).shown).toContain("review not_reached");
    system.resume("worker");

    // The graph and the timeline move by themselves.
    await untilStatus(page, "needs_approval");
    await rows.getByText("review").first().waitFor();
    await seenOn(timeline);
    const { shown, versions } = await seenOn(page);
    for (const state of ["inspect", "validate", "extract", "chunk", "analyse", "aggregate"])
      expect(shown, `${state} was drawn as done`).toContain(`${state} succeeded`);
    expect(shown).toContain("review needs_approval");
    expect(shown).toContain("rejected not_reached");
    expect(versions.length).toBeGreaterThan(2);

    // A person decides.
    await page.getByRole("link", { name: "Open the approval" }).first().click();
    const decision = page.getByRole("region", { name: "Your decision" });
    await decision.getByLabel("Comment").fill("Checked against the harbour's list.");
    await decision.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("You decided: approved").waitFor();

    // The job page that stayed open shows the end, and leads to the report.
    await rows.getByText("publish").first().waitFor();
    await untilStatus(timeline, "succeeded");
    await seenOn(timeline);
    await timeline.getByRole("link", { name: "Open the report" }).first().click();
    await timeline.getByRole("heading", { level: 1 }).waitFor();
    await timeline.getByText("Checked against the harbour's list.").waitFor();
    await timeline.getByRole("searchbox", { name: "Search in this report" }).fill("refrigerated containers");
    const mark = timeline.locator("mark").first();
    await mark.waitFor();
    expect(((await mark.textContent()) ?? "").toLowerCase()).toMatch(/refrigerated|container/);
    expect(await timeline.getByText("harbour-handbook.pdf").count()).toBeGreaterThan(0);
    expect(operator.errors).toEqual([]);
    await page.close();
    await timeline.close();
  },
  LIMIT_MS,
);

test(
  "a damaged PDF follows the failure path, and the page says what is wrong",
  async () => {
    const page = await startWith(["damaged.pdf"]);
    await untilStatus(page, "failed");
    const node = (state: string) => page.locator(`[data-state="${state}"]`);
    await untilSeen(
      page,
      "the failed branch on the graph",
      async () => (await node("extract").getAttribute("data-s")) === "failed",
    );
    expect(await node("rejected").getAttribute("data-s")).not.toBe("not_reached");
    expect(await node("chunk").getAttribute("data-s")).toBe("not_reached");
    const reason = page.locator("[data-reason=failed]");
    await reason.waitFor();
    expect(await reason.textContent()).toMatch(/[A-Z]+_ERROR .*damaged\.pdf/);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "a file whose content is not what its name says is refused at the form",
  async () => {
    const page = await operator.open("/blueprints/document_ingestion");
    const form = page.getByRole("region", { name: "Start a job" });
    await form.locator("input[type=file]").setInputFiles(join(samples, "mislabelled.pdf"));
    const refusal = form.getByRole("alert");
    await refusal.waitFor();
    expect(await refusal.textContent()).toMatch(/mislabelled\.pdf could not be uploaded: .+/);
    await page.close();
  },
  LIMIT_MS,
);

test(
  "the web process restarted while a job page is open: no reload, no gap",
  async () => {
    await system.put(manyTasks);
    const jobId = await system.startJob("many_tasks", { times: differentTimes(80, 400) });
    const before = operator.errors.length;
    const page = await operator.open(`/jobs/${jobId}?view=events`);
    await page.locator("[data-live=live]").first().waitFor();
    await untilSeen(page, "the first results", async () => (await versionOf(page)) >= 10);
    await watchPage(page);
    await system.kill("web");
    await page.locator("[data-live=stale]").first().waitFor();
    const atCrash = await versionOf(page);
    await system.restart("web");
    await untilStatus(page, "succeeded");
    const job = await system.untilJob(jobId, "finished");
    expect(atCrash).toBeLessThan(job.version);
    await untilSeen(page, "the last event", async () => (await versionOf(page)) === job.version);
    const { versions } = await seenOn(page);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    const rows = await page.locator("tr[data-seq]").evaluateAll((all) => all.map((row) => Number(row.dataset.seq)));
    expect(rows).toEqual(Array.from({ length: job.version }, (_, index) => index + 1));
    await page.locator("[data-live=live]").first().waitFor();
    // While the process was away its requests failed, and the browser says so; nothing else may be wrong.
    const others = operator.errors.slice(before).filter((error) => !/Failed to load resource|ERR_/.test(error));
    expect(others).toEqual([]);
    await page.close();
  },
  LIMIT_MS,
);

/** Uploads samples in the start form of the main job and starts it; gives the page of the new job. */
async function startWith(files: string[]): Promise<Page> {
  const page = await operator.open("/blueprints/document_ingestion");
  await page.getByRole("heading", { level: 1, name: "document_ingestion" }).waitFor();
  const form = page.getByRole("region", { name: "Start a job" });
  await form.locator("input[type=file]").setInputFiles(files.map((name) => join(samples, name)));
  for (const name of files) await form.getByRole("button", { name: `Remove ${name}` }).waitFor();
  await untilSeen(page, "all uploads done", async () => (await form.getByRole("progressbar").count()) === 0);
  await form.getByLabel("Title of the report").fill(`Report on ${files.length} documents`);
  await form.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/);
  await page.locator("[data-state=inspect][data-s]").waitFor();
  return page;
}

function jobIdOf(page: Page): string {
  return /\/jobs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? "";
}

function untilStatus(page: Page, status: string): Promise<void> {
  return untilSeen(
    page,
    `the job ${status}`,
    async () => (await page.locator(`[data-status="${status}"]`).count()) > 0,
  );
}

async function versionOf(page: Page): Promise<number> {
  return Number(await page.locator("[data-version]").first().getAttribute("data-version"));
}
