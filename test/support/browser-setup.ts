import type { TestProject } from "vitest/node";
import { type BrowserBinary, findBrowser } from "@/test/support/find-browser";

declare module "vitest" {
  interface ProvidedContext {
    browser: BrowserBinary;
  }
}

/** Finds the browser once for the whole run; fails the run when there is none. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("browser", await findBrowser(process.cwd(), (line) => console.log(`test browser: ${line}`)));
}
