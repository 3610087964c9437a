import { setTimeout as delay } from "node:timers/promises";
import type { Browser, BrowserContext, Page, Response } from "playwright-core";
import { afterEach } from "vitest";
import type { System } from "@/test/support/system";

/** Waiting for a page on a busy machine. */
const PATIENCE_MS = 90_000;

/** A person's browser: its own cookies, and every error that its pages reported. */
export interface Operator {
  context: BrowserContext;
  /** Console errors and errors that nobody caught, with the page's address. */
  errors: string[];
  open(path: string): Promise<Page>;
}

/** A browser that nobody has signed in with yet. It asks for no motion, whose frames cost more than most tests. */
export async function newOperator(
  browser: Browser,
  system: System,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Operator> {
  const context = await browser.newContext({
    baseURL: system.url,
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  context.on("page", (page) => {
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
  });
  const open = async (path: string) => {
    const page = await context.newPage();
    await page.goto(path);
    return page;
  };
  const operator = { context, errors, open };
  trails.set(operator, answersOf(context));
  return operator;
}

/** What operators' pages asked for, for a test that fails. */
const trails = new WeakMap<Operator, string[]>();
const ANSWERS_KEPT = 30;
const SHOWN_CHARACTERS = 8_000;

/** The last answers to what was changed and to what was refused, as they come. */
function answersOf(context: BrowserContext): string[] {
  const answers: string[] = [];
  const note = async (response: Response) => {
    const request = response.request();
    const { pathname, search } = new URL(response.url());
    if (!pathname.startsWith("/api/") || (request.method() === "GET" && response.status() < 400)) return;
    const line = `${new Date().toISOString()} ${request.method()} ${pathname}${search} ${request.postData() ?? ""}`;
    // A page that is closed meanwhile takes the body with it.
    const body = await response.text().catch((error: Error) => error.message);
    answers.push(`${line.slice(0, 500)}\n  ${response.status()} ${body.slice(0, 500)}`);
    answers.splice(0, answers.length - ANSWERS_KEPT);
  };
  context.on("response", (response) => void note(response));
  return answers;
}

/** Has a test that fails print what the operator's pages show, what they reported, and how the API answered them. */
export function explainFailures(operatorNow: () => Operator | undefined): void {
  afterEach(async ({ task }) => {
    const operator = operatorNow();
    if (task.result?.state !== "fail" || !operator) return;
    const lines = ["Errors in the console:", ...operator.errors, "Changes, refusals:", ...(trails.get(operator) ?? [])];
    for (const page of operator.context.pages()) {
      const text = await page
        .locator("body")
        .ariaSnapshot({ timeout: 5_000 })
        .catch((error: Error) => error.message);
      lines.push(`Open page ${page.url()}:`, text.slice(0, SHOWN_CHARACTERS));
      // The next test begins without it.
      await page.close();
    }
    console.error(`--- ${task.name} ---\n${lines.join("\n")}`);
  });
}

/** Signs in as a person does after `npm start`: by the one-time link and its button. */
export async function signInByLink(operator: Operator, system: System): Promise<Page> {
  const page = await operator.open(system.signInUrl);
  await page.getByRole("button", { name: "Sign in as local administrator" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return page;
}

/** Signs in with e-mail and password, through the form's own request. */
export async function signInByPassword(operator: Operator, system: System): Promise<void> {
  const answer = await operator.context.request.post("/api/auth/sign-in/email", {
    data: system.admin,
    headers: { origin: system.url },
  });
  if (!answer.ok()) throw new Error(`the sign-in was refused: ${answer.status()} ${await answer.text()}`);
}

/** Notes everything that a state's node on the graph ever showed, and that the page was never loaded again. */
export async function watchPage(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = window as unknown as { neverReloaded: boolean; shown: Set<string>; versions: number[] };
    watched.neverReloaded = true;
    watched.shown = new Set();
    watched.versions = [];
    const note = () => {
      for (const node of document.querySelectorAll<HTMLElement>("[data-state][data-s]"))
        watched.shown.add(`${node.dataset.state} ${node.dataset.s}`);
      const version = Number(document.querySelector<HTMLElement>("[data-version]")?.dataset.version ?? 0);
      if (version !== watched.versions.at(-1)) watched.versions.push(version);
    };
    note();
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["data-s", "data-version"],
    });
  });
}

/** What was seen since `watchPage`; throws when the page was loaded again in between. */
export async function seenOn(page: Page): Promise<{ shown: string[]; versions: number[] }> {
  return page.evaluate(() => {
    const watched = window as unknown as { neverReloaded?: boolean; shown: Set<string>; versions: number[] };
    if (!watched.neverReloaded) throw new Error("the page was loaded again");
    return { shown: [...watched.shown], versions: watched.versions };
  });
}

/** Waits until `condition` holds; fails with the page's text. */
export async function untilSeen(page: Page, what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(50)) if (await condition()) return;
  throw new Error(`never seen: ${what}\n${await page.evaluate(() => document.body.innerHTML.slice(0, 4_000))}`);
}
