import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";
import { recordUse } from "@/test/support/record-use";

/** A browser process of one's own. Take a fresh context for each test (`browser.newContext()`) and close it at the end. */
export async function launchBrowser(): Promise<Browser> {
  recordUse("browser");
  const { path, env } = inject("browser");
  return chromium.launch({
    executablePath: path,
    env: { ...(process.env as Record<string, string>), ...env },
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-extensions",
      "--disable-software-rasterizer",
      "--no-first-run",
      "--font-render-hinting=none",
    ],
  });
}
