import { isDeepStrictEqual } from "node:util";
import { SINGLE_TASK_BLUEPRINT } from "@/lib/blueprint/names";
import { JOB_STATUS } from "@/lib/job-status";
import { examine, type Finding } from "@/server/doctor/examine";
import { storedBlueprints } from "@/server/doctor/stored-blueprints";
import type { Database } from "@/server/store/database";
import type { DrivenJob, Driver } from "./drive";
import type { Fault, JobRow, Verdict } from "./finding";
import type { Fleet } from "./fleet";
import { judgeCalls, judgeEvents, judgeHandOuts, judgeQuota } from "./verdict-outside";
import { judgeDeaths, judgeFailures, judgeOrphans } from "./verdict-slots";

/** Which kind of fault a broken invariant is. What is not here leaves a job standing. */
const KIND_OF_CHECK: Record<string, Fault> = {
  event_numbers: "lost",
  event_owner: "lost",
  key_of_job: "lost",
  job_blueprint: "lost",
  job_client: "lost",
  job_parent: "lost",
  audited: "lost",
  sts_families: "double",
  created_first: "double",
  end_last: "double",
  end_and_status: "double",
  result_once: "double",
  result_current: "double",
  aggregated_once: "double",
  fold: "double",
};

/**
 * Looks at everything that the run left: each job against what was expected of it, the doctor's invariants, and the
 * workers' ledgers against the history.
 */
export async function judge(fleet: Fleet, driver: Driver): Promise<Verdict> {
  const { jobs } = driver;
  const rows = await readJobs(fleet.database);
  const verdict: Verdict = { faults: [], good: new Set() };
  for (const job of jobs) judgeJob(job, rows, verdict);
  strangers(jobs, rows, verdict);
  await judgeLedgers(fleet, rows, verdict);
  await judgeFailures(fleet, jobs, verdict);
  judgeDeaths(fleet, verdict);
  await judgeOrphans(fleet, verdict);
  judgeCalls(driver.skillCalls, rows, verdict);
  judgeHandOuts(fleet, verdict);
  await judgeEvents(fleet, verdict);
  await judgeQuota(fleet, verdict);
  const options = { blueprints: storedBlueprints(fleet.database), all: true, limitMs: 60_000 };
  const { findings, complete } = await examine(fleet.database, options);
  for (const finding of findings) judgeFinding(finding, verdict);
  if (!complete) throw new Error("the doctor did not finish in a minute");
  return verdict;
}

async function readJobs(database: Database): Promise<Map<string, JobRow>> {
  const { rows } = await database.pool.query<JobRow>(
    "select j.id, j.status, j.version, j.result, j.error, j.parent_id, b.name from jobs j join blueprints b on b.id = j.blueprint_id",
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function judgeJob(job: DrivenJob, rows: Map<string, JobRow>, verdict: Verdict): void {
  const [id] = job.ids;
  const complain = (kind: Fault, what: string) =>
    verdict.faults.push({ kind, job: id ?? null, what: `${job.kind} ${job.key}: ${what}` });
  if (id === undefined) return void complain("lost", "was never acknowledged");
  if (job.ids.size > 1) complain("double", `one key, the jobs ${[...job.ids].join(" and ")}`);
  const row = rows.get(id);
  if (!row) return void complain("lost", "was acknowledged and does not exist");
  const expected = JOB_STATUS[job.expect.status].code;
  // Whoever cancels too late is told so, or the first answer was lost with its server.
  if (row.status !== expected) {
    const what = `is ${row.status}, not ${job.expect.status}; ${JSON.stringify(row.error)}`;
    return void complain(row.status < JOB_STATUS.quarantined.code ? "stuck" : "lost", what);
  }
  if (job.expect.code !== undefined && row.error?.code !== job.expect.code) {
    return void complain("lost", `stands in quarantine with ${row.error?.code}, not ${job.expect.code}`);
  }
  if (job.expect.result !== undefined && !isDeepStrictEqual(row.result, job.expect.result)) {
    const what = `its result is ${JSON.stringify(row.result)}, not ${JSON.stringify(job.expect.result)}`;
    return void complain("double", what);
  }
  verdict.good.add(id);
}

/** Jobs that nobody was told of: each key has one, and children have their parents. */
function strangers(jobs: DrivenJob[], rows: Map<string, JobRow>, verdict: Verdict): void {
  const known = new Set(jobs.flatMap((job) => [...job.ids]));
  for (const row of rows.values()) {
    if (row.parent_id === null && !known.has(row.id) && row.name !== SINGLE_TASK_BLUEPRINT)
      verdict.faults.push({
        kind: "double",
        job: row.id,
        what: `${row.name} ${row.id}: exists, and no answer told of it`,
      });
    if (row.parent_id !== null && row.status < JOB_STATUS.quarantined.code)
      verdict.faults.push({ kind: "stuck", job: row.id, what: `child ${row.name} ${row.id}: is ${row.status}` });
  }
  const children = new Map<string, number>();
  for (const { parent_id: parent } of rows.values()) if (parent) children.set(parent, (children.get(parent) ?? 0) + 1);
  for (const [parent, count] of children) {
    if (count > 1)
      verdict.faults.push({ kind: "double", job: parent, what: `${parent} has ${count} children, not one` });
  }
}

/** Every result in the history was really worked for, by the attempt that it names. */
async function judgeLedgers(fleet: Fleet, rows: Map<string, JobRow>, verdict: Verdict): Promise<void> {
  const ended = new Set(
    fleet.ledger().flatMap((line) => (line.what === "end" ? [`${line.attempt} ${line.outcome}`] : [])),
  );
  const { rows: results } = await fleet.database.pool.query<{ job_id: string; n: string; fence: string }>(
    "select job_id, data->>'n' as n, data->>'fence' as fence from events where kind = 9",
  );
  for (const { job_id: job, n, fence } of results) {
    if (ended.has(`${job}.${n}.${fence} success`)) continue;
    const what = `${rows.get(job)?.name} ${job}: the result of ${n} under ${fence} counted, and no worker made it`;
    verdict.faults.push({ kind: "double", job, what });
  }
}

function judgeFinding(finding: Finding, verdict: Verdict): void {
  if (finding.count === 0) return;
  const kind = KIND_OF_CHECK[finding.id] ?? "stuck";
  for (let index = 0; index < finding.count; index += 1) {
    const sample = finding.samples[index];
    const job = sample === undefined ? null : sample.slice(0, 36);
    verdict.faults.push({ kind, job, what: `doctor, ${finding.id}: ${sample ?? "one more"}` });
  }
}

/** How many jobs have a fault of each kind; a job counts once under each. */
export function counted(verdict: Verdict): Record<Fault, number> {
  const jobsWith = (kind: Fault) => {
    const faults = verdict.faults.filter((fault) => fault.kind === kind);
    const named = new Set(faults.flatMap(({ job }) => (job === null ? [] : [job])));
    return named.size + faults.filter(({ job }) => job === null).length;
  };
  return { lost: jobsWith("lost"), stuck: jobsWith("stuck"), double: jobsWith("double") };
}
