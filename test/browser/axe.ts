import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** What axe found: the rule and the elements that break it. */
export interface Violation {
  rule: string;
  elements: string[];
}

/**
 * Every rule of axe over the page, or over what `within` names. It runs in the page itself and describes only what breaks a
 * rule: for pages without frames that finds the same, at half the cost.
 */
export async function violationsOf(page: Page, within?: string): Promise<Violation[]> {
  expect(await page.locator("iframe, frame, object, embed").count(), "axe would not look into frames").toBe(0);
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations, passes } = await (within ? axe.include(within) : axe).analyze();
  expect(passes.length, "rules that found something to look at").toBeGreaterThan(0);
  return violations.map(({ id, nodes }) => ({ rule: id, elements: nodes.map((node) => node.html.slice(0, 200)) }));
}
