import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { v7 } from "uuid";
import { DRIVERS, type Driver } from "@/test/store/driver/drivers";

export interface DriverReport {
  /** Transactions of which one half is there without the other; jobs without their event or task. */
  torn: number;
  /** Writes that were acknowledged and are not there. */
  lost: number;
  /** Writers that, once all is quiet again, did not get one more write through. */
  stuck: number;
  /** Exceptions and rejections that nobody could have caught. */
  uncaught: number;
  acknowledged: number;
  refused: number;
  killed: number;
  restarts: number;
}

export interface DriverRun {
  driver: string;
  url: string;
  durationMs: number;
  restarts: number;
  /** Stops the server at once, as a crash would, and starts it again; resolves when it accepts connections. */
  restart(): Promise<void>;
}

const WRITERS = 20;
const CONNECTIONS = 8;
const SETTLE_MS = 20_000;

interface Ledger {
  pairs: Set<string>;
  jobs: Set<string>;
  refused: number;
  settled: number;
}

/** Writers against a server whose backends are killed in the middle of transactions and which is restarted under load. */
export async function runDriver(run: DriverRun): Promise<DriverReport> {
  const open = DRIVERS[run.driver];
  if (!open) throw new Error(`unknown driver ${run.driver}; there are: ${Object.keys(DRIVERS).join(", ")}`);
  await administer(run.url, "create table halves (id text, half int, primary key (id, half))");
  let uncaught = 0;
  const count = () => {
    uncaught += 1;
  };
  process.on("uncaughtException", count).on("unhandledRejection", count);

  const driver = open(run.url, CONNECTIONS);
  const ledger: Ledger = { pairs: new Set(), jobs: new Set(), refused: 0, settled: 0 };
  const until = Date.now() + run.durationMs;
  const writers = Array.from({ length: WRITERS }, (_, index) => writeUntil(driver, until, index, ledger));
  const chaos = await disturb(run, until);
  await Promise.race([Promise.all(writers), delay(SETTLE_MS)]);
  const stuck = WRITERS - ledger.settled;
  // A driver with stuck writers may not close either.
  await Promise.race([driver.close().catch(count), delay(5_000)]);
  const { torn, lost } = await inspect(run.url, ledger);
  process.off("uncaughtException", count).off("unhandledRejection", count);
  const acknowledged = ledger.pairs.size + ledger.jobs.size;
  return { torn, lost, stuck, uncaught, acknowledged, refused: ledger.refused, ...chaos };
}

/** Writes until `until` and then until one more write succeeded: a driver must find back by itself. */
async function writeUntil(driver: Driver, until: number, index: number, ledger: Ledger): Promise<void> {
  for (let wroteAfter = false; !wroteAfter; ) {
    const startedAfter = Date.now() >= until;
    try {
      if (driver.submitJob && index % 4 === 0) {
        ledger.jobs.add(await driver.submitJob());
      } else {
        const id = v7();
        await driver.writePair(id);
        ledger.pairs.add(id);
      }
      wroteAfter = startedAfter;
    } catch {
      // Refused is not acknowledged: nothing is promised about it, except that it is whole or absent.
      ledger.refused += 1;
      await delay(20);
    }
  }
  ledger.settled += 1;
}

/** Kills backends inside their transactions all the time, and restarts the server at even distances. */
async function disturb(run: DriverRun, until: number): Promise<{ killed: number; restarts: number }> {
  const gapMs = run.durationMs / (run.restarts + 1);
  let nextRestart = Date.now() + gapMs;
  let killed = 0;
  let restarts = 0;
  while (Date.now() < until) {
    if (restarts < run.restarts && Date.now() >= nextRestart) {
      await run.restart();
      restarts += 1;
      nextRestart += gapMs;
    }
    killed += await killSome(run.url);
    await delay(60);
  }
  return { killed, restarts };
}

async function killSome(url: string): Promise<number> {
  return administer(
    url,
    `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
     where application_name like 'driver test%' and (xact_start is not null or random() < 0.1) order by random() limit 2) t`,
  );
}

async function administer(url: string, statement: string, values: unknown[] = []): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement, values)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

async function inspect(url: string, ledger: Ledger): Promise<{ torn: number; lost: number }> {
  const torn =
    (await administer(url, "select id from halves group by id having count(*) <> 2")) +
    (await administer(
      url,
      `select id from jobs j where (select count(*) from events e where e.job_id = j.id) <> 3 or (select count(*) from tasks t where t.job_id = j.id) <> 1
       union all select job_id from events e where not exists (select from jobs j where j.id = e.job_id)`,
    ));
  const missing = (ids: Set<string>, table: string) =>
    administer(
      url,
      `select x from unnest($1::text[]) x where not exists (select from ${table} t where t.id::text = x)`,
      [[...ids]],
    );
  return { torn, lost: (await missing(ledger.pairs, "halves")) + (await missing(ledger.jobs, "jobs")) };
}
