import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that drive a browser, which is busy all the time. */
const BROWSER = /\/test\/browser\//;
/** Files that mostly wait for times to pass and connections to come back: what others are busy with goes on meanwhile. */
const IDLE = /\/test\/turn\//;
/** Files that wait for processes to die and come back, and are busy with starting them. */
const WAITING = /\/test\/(system|library|dispatch|worker)\//;
/** Longer than any other, so that nothing may come before it. */
const LONGEST = /\/test\/browser\/every-page\./;
/** Files between two that drive a browser. */
const BETWEEN = 2;

/**
 * Starts long files first, so that none is left alone at the end, and has those with a browser begin apart, between idle
 * ones.
 */
export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return slowFirst(
      sorted,
      (file) => file.moduleId,
      (file) => file.project.name === "pure",
    );
  }
}

/**
 * Keeps the order within each kind of file. Files of one project follow each other: a process goes on with the next
 * file only when it is of the same project, and has every module loaded already.
 */
export function slowFirst<File>(
  files: readonly File[],
  pathOf: (file: File) => string,
  isPure: (file: File) => boolean = (file) => pathOf(file).includes(".pure."),
): File[] {
  const kind = (pattern: RegExp) => files.filter((file) => pattern.test(pathOf(file)));
  const browser = [...new Set([...kind(LONGEST), ...kind(BROWSER)])];
  const grouped = [...kind(IDLE), ...kind(WAITING), ...files];
  const ordered = new Set([...grouped.filter((file) => !isPure(file)), ...grouped.filter(isPure)]);
  const others = [...ordered].filter((file) => !BROWSER.test(pathOf(file)));
  const spread = browser.flatMap((file, index) => [file, ...others.slice(index * BETWEEN, (index + 1) * BETWEEN)]);
  return [...spread, ...others.slice(browser.length * BETWEEN)];
}
