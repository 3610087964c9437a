import { newJob } from "@/server/engine/draft";
import { fold } from "@/server/engine/fold";
import { type Job, shownStatus } from "@/server/engine/job";
import type { Database } from "@/server/store/database";
import { drawJobs, jobsAfter, readStoredJobs, type StoredJob } from "@/server/store/doctor/stored-jobs";
import { atOneInstant } from "@/server/store/doctor/stretches";
import type { BlueprintSource } from "@/server/turn/blueprint-source";

/** Jobs whose rows differ from the fold of their events, each with what differs. */
export interface FoldFindings {
  looked: number;
  count: number;
  samples: string[];
}

const AT_ONCE = 200;
const SAMPLE = { open: 500, others: 500 } as const;
const SAMPLES = 5;

/**
 * Folds the events of jobs anew and compares what comes out with their rows: a sample, or all of them. Stops at
 * `deadline` (epoch milliseconds). A version whose code is not here can be folded all the same: events say what happened.
 */
export async function checkFolds(
  database: Database,
  blueprints: BlueprintSource,
  options: { all: boolean; deadline: number },
): Promise<FoldFindings & { complete: boolean }> {
  const found: FoldFindings = { looked: 0, count: 0, samples: [] };
  const drawn = options.all
    ? null
    : await atOneInstant(database, (client) => drawJobs(client, SAMPLE.open, SAMPLE.others));
  for (let after: string | null = null; ; ) {
    if (Date.now() > options.deadline) return { ...found, complete: false };
    const last: string | null = after;
    const stored: StoredJob[] = await atOneInstant(database, async (client) => {
      const ids = drawn ? drawn.splice(0, AT_ONCE) : await jobsAfter(client, last, AT_ONCE);
      after = ids.at(-1) ?? null;
      return readStoredJobs(client, ids);
    });
    if (after === null) return { ...found, complete: true };
    for (const one of stored) await compare(one, blueprints, found);
  }
}

async function compare(stored: StoredJob, blueprints: BlueprintSource, found: FoldFindings): Promise<void> {
  const { loaded } = stored;
  found.looked += 1;
  const differing = await differences(stored, blueprints);
  if (differing.length === 0) return;
  found.count += 1;
  if (found.samples.length < SAMPLES) found.samples.push(`${loaded.id}: ${differing.join("; ")}`);
}

async function differences(stored: StoredJob, blueprints: BlueprintSource): Promise<string[]> {
  const { loaded } = stored;
  const { id, clientId, blueprintId, input } = loaded;
  const blueprint = await blueprints.byId(blueprintId);
  if (!blueprint) return ["its blueprint version cannot be read"];
  let job: Job;
  try {
    job = fold(newJob({ id, clientId, blueprintId, input }), loaded.events, blueprint.compiled);
  } catch (error) {
    return [`its events cannot be folded: ${error instanceof Error ? error.message : String(error)}`];
  }
  const pairs: [what: string, row: unknown, folded: unknown][] = [
    ["version", loaded.version, job.version],
    ["status", loaded.status, shownStatus(job)],
    ["state", loaded.state, job.state],
    ["transitions", loaded.transitions, job.transitions],
    ["tasks", stored.tasks.join(", "), tasksOf(job).join(", ")],
    ["timers", stored.timers.join(", "), [...job.timers.keys()].sort().join(", ")],
    ["fan-out", stored.groups.join(", "), groupOf(job)],
    ["approval", stored.approvals.join(", "), job.approval ? `${job.approval.no}` : ""],
  ];
  return pairs
    .filter(([, row, folded]) => row !== folded)
    .map(([what, row, folded]) => `${what} is ${JSON.stringify(row)}, by its events ${JSON.stringify(folded)}`);
}

function tasksOf(job: Job): string[] {
  return [...job.tasks.values()]
    .sort((a, b) => a.no - b.no)
    .map(({ no, phase, fence, attempt, losses }) => {
      const shown = phase === "started" ? "ready" : phase;
      return `${no} ${shown} fence ${fence} attempt ${attempt} losses ${losses}`;
    });
}

function groupOf(job: Job): string {
  const { fanOut } = job;
  return fanOut ? `${fanOut.n0} ${fanOut.pending} of ${fanOut.expected}, ${fanOut.failed} failed` : "";
}
