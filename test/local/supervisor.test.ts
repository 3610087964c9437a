import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { portProblem } from "@/server/local/free-port";
import { isAlive } from "@/server/local/process-info";
import { recordUse } from "@/test/support/record-use";
import { makeSmallProject, type SmallProject } from "@/test/support/small-project";

const noIPv6 = await portProblem(0, "::1");
let project: SmallProject;
beforeAll(async () => {
  recordUse("postgres");
  project = await makeSmallProject();
});
afterAll(() => project.remove());

const web = async (path: string) => (await fetch(`http://127.0.0.1:${project.port}${path}`)).text();
const webEnvironment = async () => JSON.parse(await web("/env")) as Record<string, string>;

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("npm start", () => {
  it("brings everything up, tells where, and leaves nothing behind when asked to stop", async () => {
    const launcher = project.start();
    await launcher.printed("Batuta is ready: http://127.0.0.1:");
    await launcher.printed("Stop with Ctrl-C.");
    expect(launcher.output()).toMatch(/Sign in .*: http:\/\/127\.0\.0\.1:\d+\/sign-in\?token=[\w-]{43}/);
    expect(launcher.output()).toContain("web    | listening");
    expect(launcher.output()).toContain("worker | listening");

    const env = await webEnvironment();
    expect(env).toMatchObject({ BATUTA_LOCAL: "1", HOST: "127.0.0.1", NODE_ENV: "production" });
    expect(launcher.output()).toContain(`token=${env.BATUTA_SIGN_IN_TOKEN}`);
    for (const name of ["CLIENT_TOKEN", "GLOBAL_WORKER_TOKEN", "BATUTA_AUTH_SECRET", "BATUTA_ADMIN_PASSWORD"]) {
      expect(env[name], name).toMatch(/^[\w-]{24,}$/);
      expect(launcher.output()).not.toContain(env[name]);
    }
    expect(statSync(join(project.folder, ".batuta/secrets.json")).mode & 0o777).toBe(0o600);
    expect(await query(env.DATABASE_URL!, "SELECT count(*)::int > 0 AS migrated FROM schema_migrations")).toEqual([
      { migrated: true },
    ]);
    expect(env.REDIS_URL).toMatch(/^redis:\/\/:.+@127\.0\.0\.1:\d+$/);

    const processes = Object.values(project.record().children).map(({ pid }) => pid);
    const postmaster = await postmasterPid(env.DATABASE_URL!);
    launcher.process.kill("SIGTERM");
    expect(await launcher.ended).toBe(0);
    expect([...processes, postmaster].filter(isAlive)).toEqual([]);
  });

  it("keeps its secrets over starts, and refuses a second launcher on the same data", async () => {
    const first = project.start();
    await first.printed("Batuta is ready");
    const before = (await webEnvironment()).CLIENT_TOKEN;
    const second = project.start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain("Batuta runs already with the data in");
    expect(second.output()).toContain(`kill ${first.process.pid}`);
    first.process.kill("SIGINT");
    expect(await first.ended).toBe(0);

    const third = project.start();
    await third.printed("Batuta is ready");
    expect((await webEnvironment()).CLIENT_TOKEN).toBe(before);
    third.process.kill("SIGTERM");
    expect(await third.ended).toBe(0);
  });

  it("survives being killed: ends the orphans, takes over the servers", async () => {
    const killed = project.start();
    await killed.printed("Batuta is ready");
    const { DATABASE_URL: databaseUrl, PID: webPid } = await webEnvironment();
    await query(databaseUrl!, "CREATE TABLE kept AS SELECT 42 AS answer");
    killed.process.kill("SIGKILL");
    await killed.ended;
    expect(isAlive(Number(webPid))).toBe(true);

    const again = project.start();
    await again.printed("Batuta is ready");
    expect(again.output()).toContain("Ending what an earlier start left running: web, worker");
    expect(again.output()).toContain("Postgres still runs");
    expect(again.output()).toContain("Redis still runs");
    expect(isAlive(Number(webPid))).toBe(false);
    expect(await query((await webEnvironment()).DATABASE_URL!, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    again.process.kill("SIGTERM");
    expect(await again.ended).toBe(0);
  });

  it("starts a crashed process and a killed Postgres again", async () => {
    const launcher = project.start();
    await launcher.printed("Batuta is ready");
    const before = await webEnvironment();
    await web("/crash").catch(() => undefined);
    await launcher.printed("The web process ended (code 7)");
    await expect
      .poll(async () => (await webEnvironment().catch(() => before)).PID, { timeout: 60_000 })
      .not.toBe(before.PID);

    const postmaster = await postmasterPid(before.DATABASE_URL!);
    process.kill(postmaster, "SIGKILL");
    await launcher.printed("Postgres runs again");
    expect(await query(before.DATABASE_URL!, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    launcher.process.kill("SIGTERM");
    expect(await launcher.ended).toBe(0);
  });

  it.skipIf(noIPv6)("listens where HOST says; its worker's probes stay on this machine", async () => {
    const launcher = project.start({ HOST: "::1", BATUTA_REDIS: "off" });
    await launcher.printed(`Batuta is ready: http://[::1]:${project.port}`);
    const env = (await (await fetch(`http://[::1]:${project.port}/env`)).json()) as Record<string, string>;
    expect(env).toMatchObject({ HOST: "::1", WORKER_HTTP_HOST: "127.0.0.1" });
    launcher.process.kill("SIGTERM");
    expect(await launcher.ended).toBe(0);
  });

  it("goes without Redis, and says so", async () => {
    const launcher = project.start({ BATUTA_REDIS: "off" });
    await launcher.printed("Batuta is ready");
    expect(launcher.output()).toContain("The queue runs on Postgres instead");
    const env = await webEnvironment();
    expect(env.BATUTA_QUEUE).toBe("postgres");
    expect(env.REDIS_URL).toBeUndefined();
    launcher.process.kill("SIGTERM");
    expect(await launcher.ended).toBe(0);
  });
});

describe("npm run dev", () => {
  it("starts a process anew when its source changes, without a build", async () => {
    const launcher = project.start({}, ["--dev"]);
    await launcher.printed("Batuta is ready");
    expect((await webEnvironment()).NODE_ENV).toBe("development");
    const file = join(project.folder, "server/main.ts");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, good.replace('"ok"', '"changed"'));
    await expect.poll(() => web("/").catch(() => ""), { timeout: 60_000 }).toBe("changed");
    writeFileSync(file, good);
    launcher.process.kill("SIGTERM");
    expect(await launcher.ended).toBe(0);
    await expect(web("/")).rejects.toThrow();
  });
});

describe("npm start says what is wrong", () => {
  it("when the port is taken", async () => {
    const taken = createServer().listen(project.port, "127.0.0.1");
    const launcher = project.start();
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain(`Port ${project.port} is taken`);
    expect(launcher.output()).toContain(`PORT=${project.port + 1} npm start`);
    await new Promise((resolve) => taken.close(resolve));
  });

  it("when others can reach it and a secret is missing", async () => {
    const launcher = project.start({ HOST: "0.0.0.0", CLIENT_TOKEN: "given" });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toMatch(/GLOBAL_WORKER_TOKEN=…[\s\S]*BATUTA_AUTH_SECRET=…/);
    expect(launcher.output()).not.toContain("CLIENT_TOKEN=…");
  });

  it.each([
    ["PORT", "http"],
    ["DATABASE_URL", "mysql://root:hunter2@localhost/x"],
    ["REDIS_URL", "localhost:6379"],
  ])("when %s is %s", async (name, value) => {
    const launcher = project.start({ [name]: value });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain(name);
    expect(launcher.output()).not.toContain("hunter2");
  });

  it("when a process never comes up", async () => {
    const file = join(project.folder, "server/worker/main.ts");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, 'console.error("no such setting"); process.exit(3);');
    const launcher = project.start();
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toContain("worker | no such setting");
    expect(launcher.output()).toContain("The worker process does not start");
    writeFileSync(file, good);
  });

  it("when a process says that its configuration is at fault, which it is not asked twice", async () => {
    const file = join(project.folder, "server/worker/main.ts");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, 'console.error("TASKS_DIR has a fault"); process.exit(78);');
    const launcher = project.start();
    expect(await launcher.ended).toBe(1);
    expect(launcher.output().match(/TASKS_DIR has a fault/g)).toHaveLength(1);
    expect(launcher.output()).toContain("The worker process does not start");
    writeFileSync(file, good);
  });
});

async function postmasterPid(url: string): Promise<number> {
  const rows = await query(url, "SELECT pg_read_file('postmaster.pid') AS text");
  return Number((rows[0] as { text: string }).text.split("\n")[0]);
}
