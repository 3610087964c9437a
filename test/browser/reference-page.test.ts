import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, CLIENT_TOKEN, hostApi } from "@/test/http/api-host";
import { launchBrowser } from "@/test/support/browser";
import { violationsOf } from "./axe";

const greeting = {
  name: "greeting",
  description: "Greets somebody <img src=x onerror=window.caught=1>",
  input_schema: { type: "object", required: ["who"], properties: { who: { type: "string", examples: ["Ana"] } } },
  states: {
    greet: { type: "set", start: true, values: { text: "Hello ${initial_data.who}" }, to: "done" },
    done: { type: "end", outcome: "success" },
  },
};

let api: ApiHost;
let browser: Browser;
let address: string;

beforeAll(async () => {
  [api, browser] = await Promise.all([hostApi(), launchBrowser()]);
  address = await api.listen();
  await api.put(greeting);
});
afterAll(async () => {
  await browser?.close();
  await api?.stop();
});

/** The page, and what its policy stopped or its scripts threw. */
async function open(): Promise<{ page: Page; troubles: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("data:")) troubles.push(request.url());
  });
  await page.goto(`${address}/_public/docs`);
  await page.locator('[id$="cancelJob"]').waitFor();
  return { page, troubles };
}

test("somebody gives a token, finds their blueprint and starts a job of it, in the colours of their device", async () => {
  const { page, troubles } = await open();
  const entry = page.locator('[id$="post-create-greeting"]');
  expect(await entry.count()).toBe(0);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  const dialog = page.locator(".modal-ux");
  await dialog.locator("input[type=text]").first().fill(CLIENT_TOKEN);
  await dialog.getByRole("button", { name: "Apply credentials" }).first().click();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await entry.waitFor();
  await entry.locator(".opblock-summary").click();
  await entry.getByRole("button", { name: "Try it out" }).click();
  expect(JSON.parse(await entry.locator("textarea").inputValue())).toEqual({ initial_data: { who: "Ana" } });
  await entry.getByRole("button", { name: "Execute" }).click();
  const answer = entry.locator(".live-responses-table .response .highlight-code").first();
  await answer.waitFor();
  const { job_id: jobId } = JSON.parse((await answer.locator("pre").textContent()) ?? "");
  const job = await api.until(jobId, "finished");
  expect(job.input).toEqual({ who: "Ana" });
  expect(await page.evaluate("window.caught")).toBeUndefined();
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const dark = () => page.evaluate("document.documentElement.classList.contains('dark-mode')");
    await expect.poll(dark).toBe(colorScheme === "dark");
    expect(await violationsOf(page, ".frame")).toEqual([]);
  }
  expect(troubles).toEqual([]);
  await page.context().close();
});
