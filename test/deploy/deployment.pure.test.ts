import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import manifest from "@/package.json";
import lock from "@/package-lock.json";
import { readConfig, readWorkerConfig } from "@/server/config";
import { environment } from "@/server/config/environment";
import { OPERATIONS } from "@/server/http/operations";
import { bundleSources, bundles, pageSources } from "@/server/local/build";
import { envFile, namesTaken, readCompose, type Service } from "@/test/deploy/compose";
import { commandIn, inheritedBy, sentToBuild, stagesOf, textsOf, variablesOf } from "@/test/deploy/dockerfile";

const project = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(project, path), "utf8");

const dockerfile = read("deploy/Dockerfile");
const composeText = read("deploy/compose.yaml");
const example = envFile(read("deploy/env.example"));
const SECRETS = ["POSTGRES_PASSWORD", "CLIENT_TOKEN", "GLOBAL_WORKER_TOKEN", "BATUTA_AUTH_SECRET"];
const given = {
  ...example,
  ...Object.fromEntries(SECRETS.map((name) => [name, `${name}-0123456789abcdef0123456789abcdef`])),
  BATUTA_PUBLIC_URL: "https://batuta.example.com",
};

const stages = stagesOf(dockerfile);
const { services, volumes, networks } = readCompose(composeText, given);
const serviceNamed = (name: string): Service => {
  const service = services[name];
  if (!service) throw new Error(`compose.yaml has no service ${name}`);
  return service;
};
/** Lines of Node that get repairs for years. */
const LONG_SUPPORT = [22, 24];
const ours = ["migrate", "web", "worker"];
const targetOf = (name: string) => (name === "worker" ? "worker" : "web");
/** What the process of a service finds in its environment: the image's values, then those of compose. */
const environmentOf = (name: string) => ({
  ...variablesOf(inheritedBy(stages, targetOf(name))),
  ...serviceNamed(name).environment,
});
const webConfig = readConfig(environmentOf("web"));
const workerConfig = readWorkerConfig(environmentOf("worker"));

describe("deploy/Dockerfile", () => {
  it("has nothing that a linter complains of", () => {
    const problems = validate(dockerfile).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
    expect(problems).toEqual([]);
  });

  it("stands on a Node with long support that the project allows", () => {
    const major = Number(/^ARG NODE_IMAGE=node:(\d+)-/m.exec(dockerfile)?.[1]);
    expect(LONG_SUPPORT).toContain(major);
    expect(major).toBeGreaterThanOrEqual(Number(/\d+/.exec(manifest.engines.node)?.[0]));
    const named = stages.map(({ name }) => name);
    const outside = stages.map(({ base }) => base).filter((base) => !named.includes(base));
    expect(new Set(outside)).toEqual(new Set([`\${NODE_IMAGE}`]));
  });

  it.each(["web", "worker"])("ends %s as a person of no rights, with a program and a check in exec form", (target) => {
    const lines = inheritedBy(stages, target);
    expect(textsOf(lines, "USER")).toEqual(["1000:1000"]);
    const [program] = textsOf(lines, "CMD");
    const [check] = textsOf(lines, "HEALTHCHECK");
    expect(commandIn(program ?? "")?.[0]).toBe("node");
    expect(commandIn(check ?? "")?.[0]).toBe("node");
  });

  it("runs bundles that are built", () => {
    const named = [dockerfile, composeText].flatMap((text) => text.match(/dist\/[\w-]+\.js\b(?!\.)/g) ?? []);
    const built = bundles.map(({ file }) => file);
    const removed = ["dist/local.js"];
    expect(named.toSorted()).toEqual(expect.arrayContaining(["dist/migrate.js", "dist/server.js", "dist/worker.js"]));
    expect(named.filter((file) => !built.includes(file) && !removed.includes(file))).toEqual([]);
  });

  it("asks for the readiness of each process where it is answered", () => {
    const [webCheck] = textsOf(inheritedBy(stages, "web"), "HEALTHCHECK");
    expect(webCheck).toContain("'/readyz'");
    expect(webCheck).toContain(`process.env.PORT || ${readConfig({ DATABASE_URL: "postgres://a/b" }).port}`);
    expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).toContain("GET /readyz");
    const [workerCheck] = textsOf(inheritedBy(stages, "worker"), "HEALTHCHECK");
    expect(commandIn(workerCheck ?? "")).toEqual(["node", "dist/worker.js", "health", "--ready"]);
  });

  it("tells the ports that the processes listen on", () => {
    expect(textsOf(inheritedBy(stages, "web"), "EXPOSE")).toEqual([String(webConfig.port)]);
    expect(textsOf(inheritedBy(stages, "worker"), "EXPOSE")).toEqual([String(workerConfig.worker.httpPort)]);
  });

  it("copies only what is sent, installed or built", () => {
    const sent = sentToBuild(read(".dockerignore"));
    const made = ["/app/node_modules", "/app/next.config.mjs", "/app/dist", "/app/.next"];
    const copied = stages.flatMap(({ instructions }) => textsOf(instructions, "COPY"));
    const sources = copied.flatMap((text) => text.split(" ").slice(0, -1)).filter((word) => !word.startsWith("--"));
    expect(sources.length).toBeGreaterThan(5);
    const unknown = sources.filter((path) => !made.includes(path) && !sent.includes(path.replace("/app/", "")));
    expect(unknown).toEqual(["."]);
    expect(sent.filter((path) => !existsSync(join(project, path)))).toEqual([]);
  });

  it("is sent all that a build reads", () => {
    const sent = sentToBuild(read(".dockerignore"));
    const needed = [...pageSources, ...bundleSources, "tsconfig.library.json", "drizzle", "package.json", ".npmrc"];
    expect(needed.filter((path) => existsSync(join(project, path)) && !sent.includes(path))).toEqual([]);
  });

  it("takes out only packages that are installed and that no process loads", () => {
    const text = stages
      .flatMap(({ instructions }) => textsOf(instructions, "RUN"))
      .find((run) => run.includes("rm -rf node_modules"));
    const removed = [...(text ?? "").matchAll(/node_modules\/(\S+)/g)].map(([, name = ""]) => name);
    expect(removed.length).toBeGreaterThan(5);
    const installed = Object.keys(lock.packages);
    const begins = (path: string, name: string) => path.startsWith(`node_modules/${name.replace("*", "")}`);
    expect(removed.filter((name) => !installed.some((path) => begins(path, name)))).toEqual([]);
    const loaded = [...bundles.flatMap(({ external }) => external), "next-intl", "pdfjs-dist", "swagger-ui-dist"];
    expect(loaded.filter((name) => removed.includes(name))).toEqual([]);
  });
});

describe("deploy/compose.yaml", () => {
  it("gives the processes variables that they read, and no others", () => {
    const known = [...Object.keys(environment.shape), "NEXT_TELEMETRY_DISABLED"];
    const unknown = ours.flatMap((name) => Object.keys(environmentOf(name)).filter((each) => !known.includes(each)));
    expect(unknown).toEqual([]);
  });

  it("takes nothing from its env file that the example does not tell, and the example tells nothing else", () => {
    expect(namesTaken(composeText).toSorted()).toEqual(Object.keys(example).toSorted());
  });

  it.each([...SECRETS, "BATUTA_PUBLIC_URL"])("is not used while %s is empty, as it is in the example", (name) => {
    expect(example[name]).toBe("");
    expect(() => readCompose(composeText, { ...given, [name]: "" })).toThrow(`${name}: set it in deploy/.env`);
  });

  it("holds no secret of its own", () => {
    const words = Object.values(services).flatMap((service) => Object.entries(service.environment));
    const secret = words.filter(([name]) => /PASSWORD|TOKEN|SECRET/.test(name)).map(([, value]) => value);
    expect(secret.length).toBeGreaterThan(4);
    for (const value of secret) expect(composeText).not.toContain(value || "never");
  });

  it("lets the processes listen where others reach them, on the ports that it tells", () => {
    expect([webConfig.host, workerConfig.worker.httpHost]).toEqual(["0.0.0.0", "0.0.0.0"]);
    expect(serviceNamed("web").ports).toEqual([`127.0.0.1:3000:${webConfig.port}`]);
    expect(serviceNamed("worker").expose).toEqual([String(workerConfig.worker.httpPort)]);
  });

  it.each(["web", "worker"])("leads %s to the services that it starts", (name) => {
    const { databaseUrl, redisUrl } = name === "web" ? webConfig : workerConfig;
    const {
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: database,
    } = serviceNamed("postgres").environment;
    expect(databaseUrl).toBe(`postgres://${user}:${password}@postgres:5432/${database}`);
    expect(redisUrl).toBe("redis://redis:6379");
    expect(serviceNamed("migrate").environment.DATABASE_URL).toBe(databaseUrl);
  });

  it("keeps the files of jobs where web and worker both see them", () => {
    expect([webConfig.dataDir, workerConfig.dataDir]).toEqual(["/data", "/data"]);
    for (const name of ["web", "worker"]) expect(serviceNamed(name).volumes).toEqual(["files:/data"]);
    expect(dockerfile).toContain("install -d -o node -g node /data");
  });

  it("keeps what Redis was told, and lets it forget nothing for want of memory", () => {
    const words = serviceNamed("redis").command?.join(" ");
    expect(words).toContain("--appendonly yes");
    expect(words).toContain("--maxmemory-policy noeviction");
  });

  it("waits for what is well or done, and for nothing that cannot say so", () => {
    for (const [name, { depends_on: others }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(others)) {
        const { healthcheck, restart } = serviceNamed(other);
        const checked = healthcheck !== undefined && "test" in healthcheck;
        expect({ name, other, fits: condition === "service_healthy" ? checked : restart === "no" }).toMatchObject({
          fits: true,
        });
      }
    }
    expect(Object.keys(serviceNamed("web").depends_on).toSorted()).toEqual(["migrate", "postgres", "redis"]);
    expect(Object.keys(serviceNamed("worker").depends_on).toSorted()).toEqual(["migrate", "postgres", "redis"]);
  });

  it("gives a stop five seconds more than the drain takes", () => {
    expect(serviceNamed("web").stop_grace_period).toBeGreaterThanOrEqual(webConfig.shutdownMs / 1000 + 5);
    expect(serviceNamed("worker").stop_grace_period).toBeGreaterThanOrEqual(workerConfig.worker.shutdownMs / 1000 + 5);
  });

  it("can run any number of workers", () => {
    expect(serviceNamed("worker").ports).toEqual([]);
    expect(readCompose(composeText, { ...given, BATUTA_WORKERS: "4" }).services.worker?.deploy?.replicas).toBe(4);
    expect(environmentOf("worker")).not.toHaveProperty("WORKER_ID");
  });

  it("builds what the Dockerfile calls so, and keeps databases off every other network", () => {
    for (const name of ["web", "worker"]) {
      const { build, image } = serviceNamed(name);
      expect(build).toEqual({ context: "..", dockerfile: "deploy/Dockerfile", target: targetOf(name) });
      expect(stages.map((stage) => stage.name)).toContain(build?.target);
      expect(image).toBe(`batuta-${name}`);
    }
    expect(serviceNamed("migrate").image).toBe(serviceNamed("web").image);
    for (const name of ["postgres", "redis"]) {
      expect(serviceNamed(name)).toMatchObject({ networks: ["stores"], ports: [] });
      expect(serviceNamed(name).user).toBe(name);
    }
    expect(networks.stores).toEqual({ internal: true });
    const used = Object.values(services).flatMap((service) => service.volumes.map((each) => each.split(":")[0]));
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(volumes).toSorted());
  });
});

describe("a fault planted in the deployment is found", () => {
  it("in the Dockerfile", () => {
    expect(validate(dockerfile.replace("EXPOSE 8081", "EXPOSE many")).length).toBeGreaterThan(0);
    expect(commandIn("node dist/server.js")).toBeNull();
  });

  it("in compose.yaml", () => {
    expect(() => readCompose(composeText.replace("read_only: true", "readonly: true"), given)).toThrow("readonly");
    expect(() => readCompose(composeText.replace("expose:", "exposed:"), given)).toThrow("exposed");
  });

  it("in the order of .dockerignore", () => {
    expect(() => sentToBuild("!app\n*\n")).toThrow("begin with leaving everything out");
  });
});
