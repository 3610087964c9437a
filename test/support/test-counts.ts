import { relative } from "node:path";

/** The part of vitest's JSON report that is counted. */
export interface TestReport {
  testResults: {
    /** Absolute path. */
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string }[];
  }[];
}

interface Row {
  kind: string;
  files: number;
  passed: number;
  failed: number;
  skipped: number;
}

export interface TestCounts {
  rows: Row[];
  passed: number;
  failed: number;
}

/**
 * Counts tests by what their file really used while it ran. `uses` has a line `kind<TAB>file` for each use. A file
 * that broke before its tests began counts as one failure; so does a run that was not `clean` (an error that nobody
 * caught) although no test failed.
 */
export function countTests(report: TestReport, uses: string, root: string, clean: boolean): TestCounts {
  const kinds = new Map<string, Set<string>>();
  for (const line of uses.split("\n")) {
    const [kind, file] = line.split("\t");
    if (kind && file) kinds.set(file, (kinds.get(file) ?? new Set()).add(kind));
  }
  const rows = new Map<string, Row>();
  for (const file of report.testResults) {
    const kind = kindOf(kinds.get(file.name), relative(root, file.name));
    const row = rows.get(kind) ?? { kind, files: 0, passed: 0, failed: 0, skipped: 0 };
    rows.set(kind, row);
    const before = row.failed;
    row.files++;
    for (const { status } of file.assertionResults) {
      if (status === "passed") row.passed++;
      else if (status === "failed") row.failed++;
      else row.skipped++;
    }
    if (file.status === "failed" && row.failed === before) row.failed++;
  }
  const sorted = [...rows.values()].toSorted((a, b) => order(a.kind) - order(b.kind));
  const sum = (field: "passed" | "failed") => sorted.reduce((total, row) => total + row[field], 0);
  const failed = sum("failed");
  return { rows: sorted, passed: sum("passed"), failed: failed === 0 && !clean ? 1 : failed };
}

const kindsInOrder = ["pure", "processes and files", "real Postgres", "real Redis", "real Postgres and Redis"];

function order(kind: string): number {
  const place = kindsInOrder.indexOf(kind);
  return place === -1 ? kindsInOrder.length : place;
}

function kindOf(used: Set<string> | undefined, path: string): string {
  if (used?.has("browser")) return "real browser";
  if (used?.has("postgres")) return used.has("redis") ? "real Postgres and Redis" : "real Postgres";
  if (used?.has("redis")) return "real Redis";
  return /^test\/(local|worker|files|tasks|http|browser)\//.test(path) ? "processes and files" : "pure";
}

/** The table, and as its last line `N passed, N failed`. */
export function describeCounts({ rows, passed, failed }: TestCounts): string {
  const head = ["kind", "files", "passed", "failed", "skipped"];
  const cells = rows.map((row) => [row.kind, row.files, row.passed, row.failed, row.skipped].map(String));
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [line(head), ...cells.map(line), "", `${passed} passed, ${failed} failed`].join("\n");
}
