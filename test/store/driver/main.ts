import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { startPostgres } from "@/server/local/postgres";
import { endProcess } from "@/server/local/process-info";
import { migrate } from "@/server/store/migrate";
import { runDriver } from "@/test/store/driver/run-driver";
import { makeRunFolder } from "@/test/support/run-folder";

// `npm run test:driver -- --driver postgres` points the test at a driver that fails it.
const { values } = parseArgs({
  options: { driver: { type: "string", default: "pg" }, seconds: { type: "string", default: "15" } },
});

const dataFolder = makeRunFolder();
// Durable: what was acknowledged must survive a crash of the server.
let postgres = await startPostgres({ dataFolder, durable: true });
const { url, port } = postgres;
let failed = true;
try {
  await migrate(url);
  const report = await runDriver({
    driver: values.driver,
    url,
    durationMs: Number(values.seconds) * 1000,
    restarts: 3,
    async restart() {
      await endProcess(postgres.pid, "SIGQUIT", 10_000);
      postgres = await startPostgres({ dataFolder, durable: true, port });
    },
  });
  const { torn, lost, stuck, uncaught, acknowledged, refused, killed, restarts } = report;
  console.log(
    `${values.driver}: ${acknowledged} acknowledged, ${refused} refused, ${killed} backends killed, ${restarts} restarts`,
  );
  console.log(`torn / lost / stuck / uncaught: ${torn} / ${lost} / ${stuck} / ${uncaught}`);
  failed = torn + lost + stuck + uncaught > 0;
} finally {
  await postgres.stop();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
}
// A driver that is stuck would keep the process alive.
process.exit(failed ? 1 : 0);
