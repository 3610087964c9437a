import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOCALE_COOKIE, LOCALES, type Locale } from "@/lib/i18n/locales";
import { THEME_COOKIE, type Theme } from "@/lib/theme";
import { launchBrowser } from "@/test/support/browser";
import { type System, startSystem } from "@/test/support/system";
import { violationsOf } from "./axe";
import { newOperator, type Operator, signInByPassword } from "./operator";

const LIMIT_MS = 600_000;
/**
 * The colours that a page has in each language. What the rules find does not depend on them, but for the contrast, and
 * what they find of the contrast hardly depends on the words: all rules in each language, the contrast in each theme.
 */
const THEME: Record<Locale, Theme> = { en: "light", es: "dark" };
const WINDOW = { width: 1440, height: 900 };
const sample = (name: string) => join(import.meta.dirname, "../../samples", name);

/** What says that a page is not complete yet. */
const UNSETTLED = "[data-live=connecting], [aria-busy=true]";
/** A page is complete when nothing said otherwise in so many looks, one after the other. */
const CALM_LOOKS = 3;
const LOOK_EVERY_MS = 50;
const SETTLE_MS = 30_000;

/** One address of the dashboard; `signedOut` for those that people without a session see. */
interface Place {
  name: string;
  path: string;
  signedOut?: boolean;
  /** What is done before the page is looked at, as to open a dialog. */
  first?: (page: Page) => Promise<void>;
}

/** An installation that has no account yet; empty variables count as not set. */
const NOBODY = { BATUTA_ADMIN_EMAIL: "", BATUTA_ADMIN_PASSWORD: "" };

const WORKER_TOKEN = "worker-token-of-the-page-tests";

/** What was found, over all pages of a language. */
interface Seen {
  looks: number;
  faults: string[];
  /** Where each title was seen. */
  titles: Map<string, string>;
}

let system: System;
let browser: Browser;
let places: Place[];
let heartbeats: ReturnType<typeof setInterval>;

beforeAll(async () => {
  const environment = { GLOBAL_WORKER_TOKEN: WORKER_TOKEN, ...NOBODY };
  [system, browser] = await Promise.all([startSystem({ pages: true, local: true, environment }), launchBrowser()]);
  places = await fillAndList();
}, LIMIT_MS);

afterAll(async () => {
  clearInterval(heartbeats);
  await browser?.close();
  await system?.stop();
}, LIMIT_MS);

test(
  "the first run's page, in both languages, until there is an account",
  async () => {
    const seen: Seen = { looks: 0, faults: [], titles: new Map() };
    for (const locale of LOCALES) {
      const operator = await visitor(locale);
      await look(await operator.context.newPage(), { name: "setup", path: "/setup" }, locale, seen);
      seen.faults.push(...operator.errors);
      await operator.context.close();
    }
    expect(seen.faults).toEqual([]);
    expect([...seen.titles.values()]).toEqual(["/setup", "/setup"]);
    await requireAccount();
  },
  LIMIT_MS,
);

for (const locale of LOCALES) {
  test(
    `every page in ${locale}: no violation, one heading, its own title, no console error, 320 px is enough`,
    async () => {
      await requireAccount();
      const seen: Seen = { looks: 0, faults: [], titles: new Map() };
      for (const signedOut of [false, true]) {
        const operator = await visitor(locale);
        if (!signedOut) await signInByPassword(operator, system);
        const todo = places.filter((one) => (one.signedOut ?? false) === signedOut);
        // One tab for all: a new process for each page would take longer than the page.
        const page = await operator.context.newPage();
        for (const place of todo) await look(page, place, locale, seen);
        seen.faults.push(...operator.errors.filter((error) => !isTheAnswerItself(error)));
        await operator.context.close();
      }
      expect(seen.faults).toEqual([]);
      expect(seen.looks).toBe(places.length);
    },
    LIMIT_MS,
  );
}

/** Makes the first account, unless it is there. */
async function requireAccount(): Promise<void> {
  const headers = { origin: system.url };
  const { body: session } = await system.api("GET", "/api/v1/session", undefined, headers);
  if (!session.setup_required) return;
  const answer = await system.api("POST", "/api/v1/setup", { name: "Ana", ...system.admin }, headers);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
}

/** Looks at one page in its colours and in a narrow window. */
async function look(page: Page, place: Place, locale: Locale, seen: Seen): Promise<void> {
  const where = `${place.name} (${locale})`;
  await page.setViewportSize(WINDOW);
  await page.goto(place.path);
  seen.faults.push(...(await settle(page, where)));
  await place.first?.(page);
  for (const { rule, elements } of await violationsOf(page))
    seen.faults.push(`${where}, ${THEME[locale]}: ${rule} ${elements.join(" | ")}`);
  seen.faults.push(...(await faultsOf(page, where, locale, seen.titles)), ...(await faultsWhenNarrow(page, where)));
  seen.looks += 1;
}

/** Jobs in every condition that a page can show, and the list of all pages. */
async function fillAndList(): Promise<Place[]> {
  const file = await system.upload(sample("harbour-handbook.pdf"), "harbour-handbook.pdf");
  const damaged = await system.upload(sample("damaged.pdf"), "damaged.pdf");
  const published = await system.startJob("document_ingestion", { documents: [file], title: "Harbour handbook" });
  const failed = await system.startJob("document_ingestion", { documents: [damaged] });
  const asking = await system.startJob("expense_approval", { amount: 120, purpose: "A new lamp" });
  const spread = await system.startJob("square_numbers", { count: 100 });
  const waiting = await system.untilJob(published, "waiting_for_human");
  const decided = await system.api("POST", `/api/v1/approvals/${waiting.approval_id}/decide`, {
    decision: "approved",
    comment: "Checked.",
  });
  expect(decided.status, JSON.stringify(decided.body)).toBe(200);
  const done = await system.untilJob(published, "finished");
  await system.untilJob(failed, "failed");
  await system.untilJob(spread, "finished");
  const open = await system.untilJob(asking, "waiting_for_human");
  const [held, placed] = [await fillHeld(), await fillPlaced()];
  const shop = await system.api("POST", "/api/v1/clients", { name: "a-shop", plan: "gold", params: { seats: 3 } });
  expect(shop.status, JSON.stringify(shop.body)).toBe(201);
  const views = ["graph", "timeline", "steps", "events"];
  return [
    { name: "sign in", path: "/sign-in", signedOut: true },
    { name: "sign in by link", path: "/sign-in?token=used", signedOut: true },
    { name: "overview", path: "/" },
    { name: "jobs", path: "/jobs" },
    { name: "jobs filtered to nothing", path: "/jobs?q=nothing-is-called-this" },
    ...views.map((view) => ({ name: `published job, ${view}`, path: `/jobs/${published}?view=${view}` })),
    { name: "failed job", path: `/jobs/${failed}` },
    { name: "job that waits for approval", path: `/jobs/${asking}` },
    { name: "fan-out job, timeline", path: `/jobs/${spread}?view=timeline` },
    ...held,
    { name: "no such job", path: "/jobs/00000000-0000-7000-8000-000000000000" },
    { name: "blueprints", path: "/blueprints" },
    { name: "blueprint", path: "/blueprints/document_ingestion" },
    { name: "approvals", path: "/approvals" },
    { name: "approval", path: `/approvals/${open.approval_id}` },
    { name: "decided approval", path: `/approvals/${waiting.approval_id}` },
    { name: "workers", path: "/workers" },
    ...placed,
    { name: "reports", path: "/reports" },
    { name: "report", path: `/reports/${done.result.report_id}` },
    { name: "report, searched", path: `/reports/${done.result.report_id}?q=harbour` },
    { name: "tokens", path: "/settings/tokens" },
    {
      name: "tokens of workers, a new one",
      path: "/settings/tokens?tab=workers",
      first: async (page) => {
        await page.locator(".page-actions .btn-primary").click();
        await page.getByRole("dialog").getByRole("textbox").first().waitFor();
      },
    },
    {
      name: "tokens, a client that is changed",
      path: "/settings/tokens",
      first: async (page) => {
        await page.locator("[data-row=a-shop] .row-actions button").first().click();
        await page.locator("[data-row=a-shop] [role=menuitem]").first().click();
        await page.getByRole("dialog").locator("textarea").first().waitFor();
      },
    },
    { name: "nothing here", path: "/no-such-page" },
  ];
}

/** Jobs that wait, stand still, or were worked on by the dozen, and the dialogs about them. */
async function fillHeld(): Promise<Place[]> {
  await Promise.all([awaitsSignal, runsChild, standsStill].map((document) => system.put(document)));
  const [parent, paused, stuck] = await Promise.all([
    system.startJob("runs_child", {}),
    system.startJob("awaits_signal", {}),
    system.startJob("stands_still", { path: "a" }),
  ]);
  await system.untilJob(parent, "waiting_for_sub_job");
  await system.untilJob(stuck, "quarantined");
  await system.api("POST", `/api/v1/jobs/${paused}/pause`, { reason: "Until Monday" });
  const { body: chosen } = await system.api("POST", "/api/v1/bulk/selections", { ids: [paused, stuck] });
  const wish = { selection_id: chosen.selection_id, action: "set_priority", priority: 5 };
  const { body: bulk } = await system.api("POST", "/api/v1/bulk", wish);
  await system.untilJob(bulk.job_id, "finished");
  const asked = (key: string) => async (page: Page) => {
    await page.keyboard.press(key);
    await page.getByRole("dialog").getByRole("textbox").first().waitFor();
  };
  return [
    { name: "job that waits for its child", path: `/jobs/${parent}` },
    { name: "paused job", path: `/jobs/${paused}` },
    { name: "paused job, the signal's dialog", path: `/jobs/${paused}`, first: asked("s") },
    { name: "quarantined job, the requeue dialog", path: `/jobs/${stuck}`, first: asked("e") },
    { name: "quarantined job, the fork dialog", path: `/jobs/${stuck}`, first: asked("f") },
    {
      name: "jobs, some chosen",
      path: "/jobs",
      first: async (page) => {
        await page.locator("td.pick input").nth(1).click();
        await page.locator(".bulkbar").waitFor();
      },
    },
    { name: "quarantine", path: "/quarantine" },
    {
      name: "quarantine, the canary dialog",
      path: "/quarantine",
      first: async (page) => {
        await asked("e")(page);
        await page.locator("[data-frozen]").waitFor();
      },
    },
    { name: "quarantine of nothing", path: "/quarantine?blueprint=awaits_signal" },
    { name: "bulk operation", path: `/bulk/${bulk.job_id}` },
    { name: "no bulk operation", path: `/bulk/${paused}` },
  ];
}

/** A remote worker that tells all of itself, and a job that asks for more than it has. */
async function fillPlaced(): Promise<Place[]> {
  const answer = await asWorker("POST", "/workers/register", gpuWorker);
  expect(answer.status, await answer.text()).toBe(200);
  // It is looked at for longer than a session lasts without a sign of life.
  const beat = { worker_id: "gpu-1", status: "idle", hot_skills: ["render"], current_tasks: [] };
  heartbeats = setInterval(() => void asWorker("PATCH", "/workers/gpu-1", beat), 5_000);
  await system.put(wantsMore);
  const unplaced = await system.startJob("wants_more", {});
  await system.untilJob(unplaced, "waiting_for_worker");
  return [
    { name: "worker", path: "/workers/gpu-1" },
    { name: "no such worker", path: "/workers/nobody" },
    {
      name: "workers, how one is connected",
      path: "/workers?skill=render&connect=1",
      first: (page) => page.getByRole("dialog").getByRole("tab").first().waitFor(),
    },
    {
      name: "job that waits for a better worker",
      path: `/jobs/${unplaced}`,
      first: (page) => page.locator("[data-funnel] [data-reason=resource_mismatch]").waitFor(),
    },
    {
      name: "blueprint that asks for more, its states",
      path: "/blueprints/wants_more",
      first: async (page) => {
        await page.locator(".graph-panel-h button").nth(1).click();
        await page.locator(".wishes").waitFor();
      },
    },
  ];
}

function asWorker(method: string, path: string, body: object): Promise<Response> {
  return fetch(`${system.url}/_worker${path}`, {
    method,
    headers: { "content-type": "application/json", "x-worker-token": WORKER_TOKEN, "x-worker-id": "gpu-1" },
    body: JSON.stringify(body),
  });
}

const gpuWorker = {
  worker_id: "gpu-1",
  supported_skills: [{ name: "render", version: "2.1", type: "video", properties: { formats: ["mp4"] } }],
  hot_skills: ["render"],
  resources: { properties: { ram_gb: 7 }, devices: [{ type: "gpu", model: "RTX 4090", properties: { vram_gb: 24 } }] },
  installed_software: { ffmpeg: "6.0" },
  installed_artifacts: [{ name: "upscaler", version: "2" }],
  capabilities: { cost_per_skill: { render: 0.5 }, max_concurrent_tasks: 4 },
};
const wantsMore = {
  name: "wants_more",
  states: {
    render: {
      type: "task",
      start: true,
      task_type: "render",
      requirements: { resources: { ram_gb: 64 }, installed_software: { ffmpeg: "6.0" } },
      max_cost: 1,
      strategy: "best_value",
      transitions: { success: "end" },
    },
    end: { type: "end", outcome: "success" },
  },
};
const awaitsSignal = {
  name: "awaits_signal",
  states: {
    hold: {
      type: "wait",
      start: true,
      signal: "go",
      timeout_seconds: 7200,
      transitions: { received: "end", timeout: "end" },
    },
    end: { type: "end", outcome: "success" },
  },
};
const runsChild = {
  name: "runs_child",
  states: {
    sub: { type: "child", start: true, blueprint: "awaits_signal", transitions: { success: "end" } },
    end: { type: "end", outcome: "success" },
  },
};
const standsStill = {
  name: "stands_still",
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "demo_fail",
      params: { code: "PERMANENT_ERROR" },
      transitions: { success: "end" },
    },
    end: { type: "end", outcome: "success" },
  },
};

/** A browser in the language and its colours; nobody is signed in. */
async function visitor(locale: Locale): Promise<Operator> {
  // It asks for no motion, which would be caught half way by the colour check.
  const operator = await newOperator(browser, system);
  await operator.context.addCookies([
    { name: LOCALE_COOKIE, value: locale, url: system.url },
    { name: THEME_COOKIE, value: THEME[locale], url: system.url },
  ]);
  return operator;
}

/** Waits until the page shows its data; says what is still loading when it never ends. */
async function settle(page: Page, where: string): Promise<string[]> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.evaluate(async () => {
    await document.fonts.ready;
  });
  // One part's data may be what the next one begins to load with: it is complete when it stays so.
  const end = Date.now() + SETTLE_MS;
  for (let calm = 0; ; await delay(LOOK_EVERY_MS)) {
    const left = await page.locator(UNSETTLED).evaluateAll((all) => all.map((one) => one.outerHTML.slice(0, 200)));
    calm = left.length === 0 ? calm + 1 : 0;
    if (calm === CALM_LOOKS) return [];
    if (Date.now() > end) return left.map((html) => `${where}: never ready: ${html}`);
  }
}

/** A page that says that something is not there was answered with 404, which the browser reports. */
function isTheAnswerItself(error: string): boolean {
  return /(no-such-page|00000000-0000-7000|\/bulk\/)\S*: Failed to load resource: .* 404/.test(error);
}

async function faultsOf(page: Page, where: string, locale: Locale, titles: Map<string, string>): Promise<string[]> {
  const faults: string[] = [];
  const headings = await page.getByRole("heading", { level: 1 }).count();
  if (headings !== 1) faults.push(`${where}: ${headings} headings of level 1`);
  const lang = await page.locator("html").getAttribute("lang");
  if (lang !== locale) faults.push(`${where}: its lang is ${lang}`);
  const theme = await page.locator("html").getAttribute("data-theme");
  if (theme !== THEME[locale]) faults.push(`${where}: its theme is ${theme}`);
  const title = await page.title();
  const { pathname } = new URL(page.url());
  // Views and searches of one thing share its title; different things do not.
  const namesake = titles.get(title);
  if (namesake !== undefined && namesake !== pathname)
    faults.push(`${where}: “${title}” is the title of ${namesake} too`);
  if (title === "" || title === "Batuta") faults.push(`${where}: it has no title of its own`);
  titles.set(title, pathname);
  return faults;
}

async function faultsWhenNarrow(page: Page, where: string): Promise<string[]> {
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  return width > 320 ? [`${where}: ${width} px wide in a window of 320: ${await widest(page)}`] : [];
}

/** The outermost elements that reach beyond the window. */
function widest(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => element.getBoundingClientRect().right > 321)
      .slice(0, 4)
      .map((element) => `<${element.tagName.toLowerCase()} class="${element.className}">`)
      .join(" "),
  );
}
