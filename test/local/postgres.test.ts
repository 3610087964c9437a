import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { freePort } from "@/server/local/free-port";
import { type RunningPostgres, startPostgres } from "@/server/local/postgres";
import { isAlive, waitForExit } from "@/server/local/process-info";
import { recordUse } from "@/test/support/record-use";

let dataFolder: string;
let running: RunningPostgres | undefined;

beforeAll(() => {
  recordUse("postgres");
  dataFolder = mkdtempSync(join(inject("runFolder"), "postgres test "));
  chmodSync(dataFolder, 0o755);
});
afterEach(() => running?.stop());
afterAll(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }));

const start = async (more: { port?: number } = {}) => {
  running = await startPostgres({ dataFolder, durable: false, ...more });
  return running;
};

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("the embedded Postgres", () => {
  it("is made once, keeps its data over restarts, and stops", async () => {
    const first = await start();
    expect(first.reused).toBe(false);
    await query(first.url, "CREATE TABLE kept AS SELECT 'Grüße, 世界' AS text");
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(await query(second.url, "SELECT text FROM kept")).toEqual([{ text: "Grüße, 世界" }]);
  });

  it("is set up as the store expects it", async () => {
    const { url } = await start();
    const settings = "'server_encoding', 'datcollate', 'max_connections', 'TimeZone', 'listen_addresses'";
    const rows = await query(url, `SELECT name, setting FROM pg_settings WHERE name IN (${settings})`);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      server_encoding: "UTF8",
      max_connections: "200",
      TimeZone: "UTC",
      listen_addresses: "127.0.0.1",
    });
    expect(await query(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()")).toEqual([
      { datcollate: "C.UTF-8" },
    ]);
  });

  it("turns away a wrong password", async () => {
    const address = new URL((await start()).url);
    address.password = "guessed";
    await expect(query(address.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  });

  it("is taken over when it still runs", async () => {
    const first = await start();
    const again = await startPostgres({ dataFolder, durable: false });
    expect(again).toMatchObject({ reused: true, pid: first.pid, url: first.url });
  });

  it("recovers after kill -9", async () => {
    const killed = await start();
    await query(killed.url, "CREATE TABLE survived AS SELECT generate_series(1, 1000) AS n");
    process.kill(killed.pid, "SIGKILL");
    await waitForExit(killed.pid, 5_000);

    const { url, reused } = await start();
    expect(reused).toBe(false);
    expect(await query(url, "SELECT count(*)::int AS n FROM survived")).toEqual([{ n: 1000 }]);
  });

  it("does not mistake another process for itself when the pid file is stale", async () => {
    const { dataDirectory, stop } = await start();
    await stop();
    const lines = [process.pid, dataDirectory, 1, await freePort(), "", "127.0.0.1", "", "ready   ", ""];
    const pidFile = join(dataDirectory, "postmaster.pid");
    writeFileSync(pidFile, lines.join("\n"));
    const { reused, url } = await start();
    expect(reused).toBe(false);
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(readFileSync(pidFile, "utf8")).not.toContain(`${process.pid}\n`);
  });

  it("takes the port it is told, and names it when it is taken", async () => {
    const port = await freePort();
    expect((await start({ port })).port).toBe(port);
    const other = mkdtempSync(join(inject("runFolder"), "postgres-other-"));
    chmodSync(other, 0o755);
    await expect(startPostgres({ dataFolder: other, durable: false, port })).rejects.toThrow(`Port ${port} is taken`);
    rmSync(other, { recursive: true, force: true });
  });

  it("refuses data of another major version", async () => {
    const { dataDirectory, stop } = await start();
    await stop();
    const versionFile = join(dataDirectory, "PG_VERSION");
    const before = readFileSync(versionFile);
    writeFileSync(versionFile, "15\n");
    await expect(start()).rejects.toThrow("was written by Postgres 15; this is Postgres 18");
    writeFileSync(versionFile, before);
  });

  it.runIf(process.getuid?.() === 0)("runs as an unprivileged user when we are root", async () => {
    const { pid, dataDirectory } = await start();
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    expect(statSync(dataDirectory).uid).not.toBe(0);
  });
});
