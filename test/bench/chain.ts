import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { migrate } from "@/server/store/migrate";
import { hostEngine, hostWorker } from "@/test/turn/engine-host";

/**
 * W1: a chain of three tasks per job, backlog first. Prints steps a second and the CPU of this process (engine and a
 * bare worker) per step. `BENCH_DATABASE_URL` names a server where a database may be created, `BENCH_REDIS_URL` a Redis.
 */
const jobs = Number(process.argv[2] ?? 5_000);
const chain: BlueprintDocument = {
  name: "chain",
  states: {
    one: {
      type: "task",
      start: true,
      task_type: "work",
      params: { i: "${initial_data.i}" },
      transitions: { success: "two" },
    },
    two: { type: "task", task_type: "work", params: { i: "${initial_data.i}" }, transitions: { success: "three" } },
    three: { type: "task", task_type: "work", params: { i: "${initial_data.i}" }, transitions: { success: "done" } },
    done: { type: "end", outcome: "success" },
  },
};

const server = new URL(process.env.BENCH_DATABASE_URL ?? "");
const name = `bench_${randomUUID().slice(0, 8)}`;
const admin = new Client({ connectionString: server.href });
await admin.connect();
await admin.query(`create database ${name}`);
server.pathname = `/${name}`;
await migrate(server.href);
const options = {
  databaseUrl: server.href,
  redisUrl: process.env.BENCH_REDIS_URL ?? null,
  prefix: `bench:${name}:`,
  blueprints: [chain],
};
const host = await hostEngine(options);
const t0 = performance.now();
for (let from = 0; from < jobs; from += 1_000) {
  await Promise.all(
    Array.from({ length: Math.min(1_000, jobs - from) }, (_, i) => host.start("chain", { i: from + i })),
  );
}
const submitted = performance.now() - t0;
const cpu = process.cpuUsage();
const t1 = performance.now();
const worker = await hostWorker(options, ["work"], () => ({ data: { ok: true } }));
for (;;) {
  const { rows } = await host.database.pool.query("select count(*)::int as n from jobs where status < 20");
  if (rows[0].n === 0) break;
  await sleep(100);
}
const seconds = (performance.now() - t1) / 1000;
const used = process.cpuUsage(cpu);
const steps = jobs * 3;
console.log(
  JSON.stringify({
    jobs,
    submitted_per_s: Math.round(jobs / (submitted / 1000)),
    steps_per_s: Math.round(steps / seconds),
    cpu_us_per_step: Math.round((used.user + used.system) / steps),
    warnings: host.warnings.length,
  }),
);
await worker.stop();
await host.stop();
await admin.query(`drop database ${name} with (force)`);
await admin.end();
