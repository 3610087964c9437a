import type { Database } from "@/server/store/database";
import type { Check } from "@/server/store/doctor/check";
import { fanInChecks } from "@/server/store/doctor/fan-in-checks";
import { historyChecks } from "@/server/store/doctor/history-checks";
import { leftoverChecks } from "@/server/store/doctor/leftover-checks";
import { quarantineChecks } from "@/server/store/doctor/quarantine-checks";
import { referenceChecks } from "@/server/store/doctor/reference-checks";
import { anEngineRuns, atOneInstant, runCheck, stretches } from "@/server/store/doctor/stretches";
import { wakeChecks } from "@/server/store/doctor/wake-checks";
import type { BlueprintSource } from "@/server/turn/blueprint-source";
import { checkFolds } from "./fold-check";

/** What the doctor saw of one invariant. */
export interface Finding {
  id: string;
  says: string;
  /** Violations. */
  count: number;
  /** Ids of some of them. */
  samples: string[];
  /** Why it was not looked at, when it was not. */
  skipped?: string;
}

export interface Examination {
  /** Nothing was found, and everything was looked at. */
  healthy: boolean;
  /** False when the time was over before all was looked at. */
  complete: boolean;
  violations: number;
  /** Milliseconds. */
  took_ms: number;
  findings: Finding[];
}

export interface ExamineOptions {
  /** For the fold of jobs; null leaves that out. */
  blueprints: BlueprintSource | null;
  /** Folds every job, not a sample. */
  all?: boolean;
  /** At most this long, in milliseconds. */
  limitMs: number;
  /** Jobs looked at together. */
  stretch?: number;
}

const STRETCH = 10_000;

export const CHECKS: readonly Check[] = [
  ...historyChecks,
  ...leftoverChecks,
  ...fanInChecks,
  ...wakeChecks,
  ...quarantineChecks,
  ...referenceChecks,
];

/**
 * Looks at every invariant of the stored jobs, on a live database: it only reads, jobs in stretches, each stretch as of
 * one instant. Throws what the database throws.
 */
export async function examine(database: Database, options: ExamineOptions): Promise<Examination> {
  const began = Date.now();
  const deadline = began + options.limitMs;
  const running = await anEngineRuns(database);
  const applies = (check: Check) => running || !check.needsEngine;
  const findings = new Map<string, Finding>(
    CHECKS.map((check) => [
      check.id,
      { id: check.id, says: check.says, count: 0, samples: [], ...unless(applies(check)) },
    ]),
  );
  const look = CHECKS.filter(applies);
  await checkDatabase(database, look, findings);
  let complete = await checkStretches(database, look, findings, deadline, options.stretch ?? STRETCH);
  if (options.blueprints) {
    const folds = await checkFolds(database, options.blueprints, { all: options.all ?? false, deadline });
    const says = `The rows of each job are what its events say (${folds.looked} looked at)`;
    findings.set("fold", { id: "fold", says, count: folds.count, samples: folds.samples });
    complete = folds.complete && complete;
  }
  const all = [...findings.values()];
  const violations = all.reduce((sum, finding) => sum + finding.count, 0);
  return { healthy: violations === 0 && complete, complete, violations, took_ms: Date.now() - began, findings: all };
}

function unless(applies: boolean): { skipped?: string } {
  return applies ? {} : { skipped: "no engine runs: what is due waits" };
}

async function checkDatabase(database: Database, checks: Check[], findings: Map<string, Finding>): Promise<void> {
  const ofDatabase = checks.filter((check) => check.each === "database");
  await atOneInstant(database, async (client) => {
    for (const check of ofDatabase) add(findings, check, await runCheck(client, check, null));
  });
}

async function checkStretches(
  database: Database,
  checks: Check[],
  findings: Map<string, Finding>,
  deadline: number,
  size: number,
): Promise<boolean> {
  const ofJobs = checks.filter((check) => check.each === "jobs");
  for await (const stretch of stretches(database, size)) {
    if (Date.now() > deadline) return false;
    await atOneInstant(database, async (client) => {
      for (const check of ofJobs) add(findings, check, await runCheck(client, check, stretch));
    });
  }
  return true;
}

function add(findings: Map<string, Finding>, check: Check, found: { count: number; samples: string[] }): void {
  const finding = findings.get(check.id);
  if (!finding) return;
  finding.count += found.count;
  finding.samples.push(...found.samples.slice(0, 5 - finding.samples.length));
}
