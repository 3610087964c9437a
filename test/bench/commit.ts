import { rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { taskNumber } from "@/lib/job-event";
import { TASK_STATUS } from "@/server/engine/job";
import type { JobWrites } from "@/server/engine/writes";
import { startPostgres } from "@/server/local/postgres";
import { openDatabase } from "@/server/store/database";
import { type Lane, openLane } from "@/server/store/lane";
import { migrate } from "@/server/store/migrate";
import { announcing, change, FIRST_TASK, newTask, submission } from "@/test/store/factory";
import { makeRunFolder } from "@/test/support/run-folder";

// Steps a second of the commit alone: a task's result comes in, the next task goes out. `tsx test/bench/commit.ts`
const { values } = parseArgs({
  options: {
    url: { type: "string" },
    batch: { type: "string", default: "250" },
    lanes: { type: "string", default: "2" },
    seconds: { type: "string", default: "10" },
    jobs: { type: "string", default: "10000" },
  },
});
const [batch, laneCount, seconds, jobCount] = [values.batch, values.lanes, values.seconds, values.jobs].map(Number) as [
  number,
  number,
  number,
  number,
];

/** One step: result in, state entered, next task out; three events, one row deleted, one inserted. */
function step(jobId: string, version: number): JobWrites {
  const no = taskNumber(version + 3);
  return change(jobId, version, {
    version: version + 3,
    status: 2,
    events: [
      {
        seq: version + 1,
        kind: "task_finished",
        data: {
          n: taskNumber(version),
          fence: 1,
          outcome: "success",
          r: { bytes: 48213, url: "s3://bucket/key" },
          worker: "w-1",
          ms: 12,
        },
      },
      { seq: version + 2, kind: "state_entered", data: { state: "working", via: { from: "working", on: "success" } } },
      { seq: version + 3, kind: "task_dispatched", data: { n: no, task_type: "resize" } },
    ],
    goneTasks: [{ no: version === 3 ? FIRST_TASK : taskNumber(version), type: "resize" }],
    newTasks: [newTask(no, { params: { url: "https://example.org/image.png", width: 640 }, timeoutMs: 30_000 })],
  });
}

async function advance(lane: Lane, jobs: { id: string; version: number }[], until: number): Promise<number> {
  let steps = 0;
  for (let from = 0; performance.now() < until; from = (from + batch) % jobs.length) {
    const chosen = jobs.slice(from, from + batch);
    const writes = chosen.map((job) => step(job.id, job.version));
    const announced = new Set(writes.map((write) => `${write.jobId}.${write.newTasks[0]?.no}`));
    const winners = await lane.commit(writes, { announced });
    if (winners.size !== chosen.length) throw new Error(`${chosen.length - winners.size} jobs lost without a rival`);
    for (const job of chosen) job.version += 3;
    steps += chosen.length;
  }
  return steps;
}

async function measure(url: string): Promise<void> {
  await migrate(url);
  const store = openDatabase(url, { max: 1, name: "bench" });
  const lanes = Array.from({ length: laneCount }, (_, index) => openLane(url, `bench ${index}`));
  const shares: { id: string; version: number }[][] = [];
  const began = performance.now();
  for (const lane of lanes) {
    const share: { id: string; version: number }[] = [];
    while (share.length < jobCount / laneCount) {
      const submissions = Array.from({ length: 500 }, () => submission());
      await lane.submit(submissions, announcing(...submissions));
      share.push(...submissions.map(({ writes }) => ({ id: writes.jobId, version: 3 })));
    }
    shares.push(share);
  }
  const submitted = shares.flat().length;
  console.log(
    `submit: ${Math.round(submitted / ((performance.now() - began) / 1000))} jobs/s, one lane, batches of 500`,
  );
  await store.pool.query("analyze jobs, tasks, events");

  const walBefore = await wal(store);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const steps = await Promise.all(
    lanes.map((lane, index) => advance(lane, shares[index] ?? [], start + seconds * 1000)),
  );
  const total = steps.reduce((sum, count) => sum + count, 0);
  const took = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const bytes = Number((await wal(store)) - walBefore);
  console.log(
    `commit: ${Math.round(total / took)} steps/s, ${laneCount} lanes, batches of ${batch}; ` +
      `client ${((cpu.user + cpu.system) / total).toFixed(1)} µs a step; WAL ${Math.round(bytes / total)} B a step`,
  );
  const { rows } = await store.pool.query(
    `select count(*)::int as n from tasks where status = ${TASK_STATUS.announced}`,
  );
  if (rows[0].n !== submitted) throw new Error(`${submitted} open tasks expected, ${rows[0].n} found`);
  await Promise.all([...lanes.map((lane) => lane.close()), store.close()]);
}

async function wal(store: ReturnType<typeof openDatabase>): Promise<bigint> {
  const { rows } = await store.pool.query(
    "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint::text as n",
  );
  return BigInt(rows[0].n);
}

if (values.url) {
  await measure(values.url);
} else {
  const dataFolder = makeRunFolder();
  const postgres = await startPostgres({ dataFolder, durable: true });
  try {
    await measure(postgres.url);
  } finally {
    await postgres.stop();
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
