import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "@/test/support/browser";
import { violationsOf } from "./axe";

let browser: Browser;
let server: Server;
let address: string;

beforeAll(async () => {
  browser = await launchBrowser();
  server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    const image = request.url === "/bad" ? '<img src="data:,">' : "";
    response.end(`<!doctype html><html lang="en"><title>Probe</title><main><h1>Überblick</h1>${image}</main></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(async () => {
  await browser.close();
  server.close();
});

it("shows several pages side by side and outlives a closed one", async () => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext(), browser.newContext()]);
  const titles = await Promise.all(
    contexts.map(async (context) => {
      const page = await context.newPage();
      await page.goto(address);
      return page.getByRole("heading").textContent();
    }),
  );
  expect(titles).toEqual(["Überblick", "Überblick", "Überblick"]);
  for (const context of contexts) await context.close();
  const again = await browser.newContext();
  const page = await again.newPage();
  await page.goto(address);
  expect(await page.title()).toBe("Probe");
  expect((await page.screenshot()).byteLength).toBeGreaterThan(1_000);
  await again.close();
});

it("finds a fault of accessibility that is there, and none where there is none", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  expect(await violationsOf(page)).toEqual([]);
  await page.goto(`${address}/bad`);
  expect(await violationsOf(page)).toContainEqual({ rule: "image-alt", elements: ['<img src="data:,">'] });
  expect(await violationsOf(page, "h1")).toEqual([]);
  await context.close();
});
