import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { openMetricsOf, wantsOpenMetrics } from "@/server/metrics/exposition";
import { readCompose } from "@/test/deploy/compose";
import { type Family, familiesOf, isNodes, webRegistry, workerRegistry } from "@/test/support/metric-registries";
import { checkExpression } from "./check-expression";

const project = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(project, path), "utf8");
const guide = read("docs/operator-guide.md");
const registries = [webRegistry(), workerRegistry()];
const families = new Map(registries.flatMap(familiesOf).map((family) => [family.name, family]));

const scrapes = z.object({
  rule_files: z.tuple([z.string()]),
  scrape_configs: z.array(
    z.object({
      job_name: z.string(),
      metrics_path: z.string().optional(),
      dns_sd_configs: z.tuple([z.object({ names: z.tuple([z.string()]), port: z.int() })]),
    }),
  ),
});
const providers = z.object({ providers: z.tuple([z.object({ options: z.object({ path: z.string() }) })]) });

const rule = z.strictObject({
  alert: z.string().regex(/^Batuta[A-Z]\w+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
const ruleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })).min(1),
});
const rules = ruleFile.parse(parse(read("deploy/alerts/batuta.yaml"))).groups.flatMap((group) => group.rules);

const target = z.object({ expr: z.string(), legendFormat: z.string(), refId: z.string() });
const panel = z.object({
  id: z.int(),
  title: z.string().min(1),
  type: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(target).default([]),
});
const variable = z.object({ name: z.string(), type: z.string(), definition: z.string().optional() });
const board = z.object({ panels: z.array(panel), templating: z.object({ list: z.array(variable) }) });
const dashboardText = read("deploy/dashboards/batuta.json");
const { panels, templating } = board.parse(JSON.parse(dashboardText));

describe("deploy/alerts/batuta.yaml", () => {
  it.each(rules)("$alert asks for what is exported, and says so in words that it has", ({ expr, annotations }) => {
    const { problems, labels } = checkExpression(expr, families);
    expect(problems).toEqual([]);
    const named = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)]);
    expect(named.map(([, label]) => label).filter((label) => !labels.includes(label ?? ""))).toEqual([]);
  });

  it("names each alert once", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it.each(rules)("$alert has its paragraph in the guide", ({ alert, annotations }) => {
    expect(annotations.runbook_url).toBe(`docs/operator-guide.md#${alert.toLowerCase()}`);
    const paragraph = new RegExp(`^### ${alert}\\n\\n(.+)\\n`, "m").exec(guide)?.[1] ?? "";
    expect(paragraph.length).toBeGreaterThan(80);
  });

  it("is all that the guide tells of", () => {
    const told = [...guide.matchAll(/^### (Batuta\w+)$/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });
});

describe("deploy/dashboards/batuta.json", () => {
  const queries = panels.flatMap(({ title, targets }) => targets.map((one) => ({ title, ...one })));

  it.each(queries)("$title ($refId) asks for what is exported", ({ expr, legendFormat }) => {
    const { problems, labels } = checkExpression(expr.replaceAll("$__rate_interval", "5m"), families);
    expect(problems).toEqual([]);
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    expect(named.filter((label) => !labels.includes(label))).toEqual([]);
  });

  it("has its rows, its data source as a variable, and variables that can be filled", () => {
    const rows = panels.filter(({ type }) => type === "row").map(({ title }) => title);
    expect(rows).toEqual(["Jobs", "Queues", "Workers", "Slots", "HTTP", "Dependencies and processes"]);
    expect(new Set(dashboardText.match(/"uid": "[^"]*"/g))).toEqual(
      new Set(['"uid": "batuta"', '"uid": "${datasource}"']),
    );
    for (const { name, type, definition } of templating.list) {
      if (type === "datasource") continue;
      const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? "") ?? [];
      expect({ name, ...checkExpression(`sum by (${label}) (${metric})`, families) }).toMatchObject({ problems: [] });
    }
    const known = templating.list.map(({ name }) => name);
    const used = queries.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)].map(([, name = ""]) => name));
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("has a place of its own for each panel", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe("the profile monitoring of deploy/compose.yaml", () => {
  const text = read("deploy/compose.yaml");
  const wanted = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = ""]) => [name, "a-value"]);
  const { services, configs } = readCompose(text, Object.fromEntries(wanted) as Record<string, string>);
  const scraped = scrapes.parse(parse(read("deploy/prometheus.yml")));

  it("scrapes the services where they listen, under the names that the rules expect", () => {
    const asked = scraped.scrape_configs.map(({ job_name: job, metrics_path: path = "/metrics", dns_sd_configs }) => {
      const [{ names, port }] = dns_sd_configs;
      return `${job} ${names[0]}:${port}${path}`;
    });
    expect(asked).toEqual(["batuta-web web:3000/_public/metrics", "batuta-worker worker:8081/metrics"]);
    for (const name of ["web", "worker", "prometheus", "grafana"])
      expect(services[name]?.networks).toContain("outside");
    for (const expr of rules.map((one) => one.expr))
      for (const [, job = ""] of expr.matchAll(/job=~?"([^"]+)"/g))
        expect(["batuta-web", "batuta-worker", "batuta-(web|worker)"]).toContain(job);
  });

  it("is started by nobody who does not ask for it, gives its files to those that read them, and is seen here alone", () => {
    const asked = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    expect(asked.map(([name]) => name)).toEqual(["prometheus", "grafana"]);
    for (const [, { ports }] of asked) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const used = asked.flatMap(([, service]) => service.configs.map(({ source }) => source));
    expect(used.toSorted()).toEqual(Object.keys(configs).toSorted());
    for (const { file } of Object.values(configs)) expect(existsSync(join(project, "deploy", file))).toBe(true);
    const [alerts] = scraped.rule_files;
    expect(services.prometheus?.configs).toContainEqual({ source: "alerts", target: alerts });
    const [{ options }] = providers.parse(parse(read("deploy/grafana/dashboards.yaml"))).providers;
    expect(services.grafana?.configs).toContainEqual({ source: "dashboard", target: `${options.path}/batuta.json` });
  });
});

describe("the metrics", () => {
  it("are those that the guide tells, with their labels", () => {
    const exported = [...families.values()].filter(({ name }) => !isNodes(name));
    const rows = [...guide.matchAll(/^\| ((?:`(?:batuta|orchestrator|tasks)_\w+`(?:, )?)+) \| (.*) \|$/gm)];
    const told = rows.flatMap(([, names = ""]) => names.match(/\w+/g) ?? []);
    expect(told.toSorted()).toEqual(exported.map(({ name }) => name).toSorted());
    for (const { name, labels } of exported) {
      const row = rows.find(([, names]) => names?.includes(`\`${name}\``))?.[2] ?? "";
      expect([name, labels.filter((label) => !row.includes(`\`${label}\``))]).toEqual([name, []]);
    }
  });

  it.each([...families.values()])("$name is named as such", (family: Family) => {
    expect(family.name.endsWith("_total")).toBe(family.type === "counter");
    if (isNodes(family.name)) return;
    if (family.type === "histogram") expect(family.name).toMatch(/_seconds$/);
    expect(family.name).not.toMatch(/_(ms|millis|minutes|kb|percent)(_|$)/);
    expect(family.labels.filter((label) => /(^|_)(id|worker|job|user|message)$/.test(label))).toEqual([]);
  });
});

test("a fault planted in an expression is found", () => {
  const problemsOf = (expr: string) => checkExpression(expr, families).problems.join("; ");
  expect(problemsOf("sum(batuta_gone_total)")).toContain("batuta_gone_total is not exported");
  expect(problemsOf("sum by (colour) (batuta_slots)")).toContain("no label colour");
  expect(problemsOf('batuta_slots{status="idle"}')).toContain("no label status");
  expect(problemsOf("batuta_draining == 0 and on (queue) batuta_worker_ready")).toContain("no label queue");
  expect(problemsOf("rate(batuta_task_duration_seconds[5m])")).toContain("not exported");
  expect(
    problemsOf("histogram_quantile(0.9, sum by (task) (rate(batuta_task_duration_seconds_bucket[5m])))"),
  ).toContain("no label le");
  expect(problemsOf("sum(batuta_slots")).toContain("ends too early");
  expect(problemsOf("sum(batuta_slots))")).toContain("too much");
  expect(problemsOf("frequency(batuta_tasks_total[5m])")).toContain("no function");
  expect(problemsOf("rate(batuta_tasks_total)")).toContain("takes a range");
  expect(problemsOf('batuta_slots{state="idle"')).not.toBe("");
});

test("text becomes OpenMetrics: counters without their ending, bounds as floats, an end", async () => {
  const text =
    '# HELP a_total A\n# TYPE a_total counter\na_total{b="x\\"y"} 1\n\n# HELP h H\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 3\n';
  expect(openMetricsOf(text)).toBe(
    '# HELP a A\n# TYPE a counter\na_total{b="x\\"y"} 1\n# HELP h H\n# TYPE h histogram\nh_bucket{le="1.0"} 2\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 3\n# EOF\n',
  );
  expect(
    wantsOpenMetrics("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
  ).toBe(true);
  for (const accept of [null, "*/*", "text/plain", "text/plain,application/openmetrics-text;q=0.1"])
    expect(wantsOpenMetrics(accept)).toBe(false);
});
