import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fullPath } from "@/server/http/openapi";
import { OPERATIONS } from "@/server/http/operations";
import { systemRouteAt } from "@/server/http/system-routes";
import { type ApiHost, hostApi } from "@/test/http/api-host";

type Json = Record<string, never>;

let api: ApiHost;
// biome-ignore lint/suspicious/noExplicitAny: a document of JSON, walked by the test
let document: any;
let ajv: Ajv2020;
let job: string;
let failed: string;
let asking: { id: string; approval_id: string };

const set = { type: "set", start: true, values: { a: 1 }, to: "done" };
const done = { type: "end", outcome: "success" };

beforeAll(async () => {
  api = await hostApi();
  await api.put({ name: "brief", description: "Brief", states: { begin: set, done } });
  await api.put({
    name: "asks",
    states: {
      ask: {
        type: "approval",
        start: true,
        message: "Well?",
        transitions: { approved: "done" },
        deadline_seconds: 600,
      },
      done,
    },
  });
  await api.put({ name: "fails", states: { begin: { ...set, values: { a: "${initial_data.missing}" } }, done } });
  await api.put({
    name: "waits",
    states: {
      work: { type: "parallel", start: true, tasks: [{ task_type: "t" }, { task_type: "u" }], aggregate_into: "done" },
      done,
    },
  });
  job = await api.start("brief");
  await api.until(job, "finished");
  failed = await api.start("fails");
  await api.until(failed, "failed", "error", "quarantined");
  await api.start("waits");
  const id = await api.start("asks");
  asking = (await api.until(id, "waiting_for_human")) as typeof asking;
  document = (await api.call("GET", "/api/v1/openapi.json", undefined, { token: null })).body;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  formatsPlugin.default(ajv);
  ajv.addSchema({ $id: "doc", components: document.components });
});
afterAll(() => api?.stop());

test("the document is OpenAPI 3.1 and names every operation once", () => {
  expect(document.openapi).toBe("3.1.0");
  const ids = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (methods) => Object.values(methods).map((each) => each.operationId),
  );
  expect(ids.sort()).toEqual(OPERATIONS.map((operation) => operation.id).sort());
  expect(new Set(ids).size).toBe(ids.length);
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1] as string,
  );
  expect(refs.filter((name) => !document.components.schemas[name])).toEqual([]);
});

test("every path that the system answers with POST is closed to blueprints", () => {
  for (const operation of OPERATIONS) {
    const path = fullPath(operation.path);
    if (operation.method !== "POST" || !path.startsWith("/api/v1")) continue;
    const example = path.replace("/api/v1", "").replace(/\{\w+\}/g, "x");
    expect([example, systemRouteAt(example) !== null]).toEqual([example, true]);
  }
  expect(systemRouteAt("/jobs/video")).toBeNull();
});

const asked: [method: string, path: string, at: () => string, body?: object, status?: number][] = [
  ["get", "/api/v1/jobs", () => "/api/v1/jobs"],
  ["get", "/api/v1/jobs/{job_id}", () => `/api/v1/jobs/${job}`],
  ["get", "/api/v1/jobs/{job_id}", () => `/api/v1/jobs/${failed}`],
  ["get", "/api/v1/jobs/{job_id}", () => `/api/v1/jobs/${asking.id}`],
  ["get", "/api/v1/jobs/{job_id}/history", () => `/api/v1/jobs/${job}/history`],
  ["get", "/api/v1/jobs/{job_id}/tasks", () => `/api/v1/jobs/${job}/tasks`],
  ["get", "/api/v1/jobs/{job_id}/graph", () => `/api/v1/jobs/${job}/graph`],
  ["post", "/api/v1/jobs/{job_id}/cancel", () => `/api/v1/jobs/${job}/cancel`, {}, 404],
  ["post", "/api/v1/jobs/{job_id}/retry", () => `/api/v1/jobs/${job}/retry`, {}, 409],
  ["post", "/api/v1/bulk/selections", () => "/api/v1/bulk/selections", { filter: { status: "finished" } }, 201],
  ["get", "/api/v1/bulk/{job_id}", () => `/api/v1/bulk/${job}`, undefined, 404],
  ["get", "/api/v1/quarantine/clusters", () => "/api/v1/quarantine/clusters"],
  ["get", "/api/v1/approvals", () => "/api/v1/approvals"],
  ["get", "/api/v1/approvals", () => "/api/v1/approvals?mine=true"],
  ["get", "/api/v1/approvals/{approval_id}", () => `/api/v1/approvals/${asking.approval_id}`],
  ["get", "/api/v1/blueprints", () => "/api/v1/blueprints"],
  ["get", "/api/v1/blueprints/schema", () => "/api/v1/blueprints/schema"],
  ["get", "/api/v1/blueprints/{name}", () => "/api/v1/blueprints/brief"],
  ["get", "/api/v1/blueprints/{name}/versions", () => "/api/v1/blueprints/brief/versions"],
  ["get", "/api/v1/blueprints/{name}/graph", () => "/api/v1/blueprints/asks/graph"],
  ["put", "/api/v1/blueprints/{name}", () => "/api/v1/blueprints/brief", { name: "brief", states: {} }, 422],
  ["get", "/api/v1/overview", () => "/api/v1/overview"],
  ["get", "/api/v1/workers", () => "/api/v1/workers"],
  ["get", "/api/v1/reports", () => "/api/v1/reports"],
  ["get", "/api/v1/reports", () => "/api/v1/reports?q=words"],
  ["get", "/api/v1/session", () => "/api/v1/session"],
  ["get", "/_public/status", () => "/_public/status"],
  ["get", "/healthz", () => "/healthz"],
  ["get", "/readyz", () => "/readyz"],
  ["get", "/api/v1/reports/{report_id}", () => "/api/v1/reports/019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b", undefined, 404],
  [
    "post",
    "/_public/webhooks/approval/{job_id}",
    () => `/_public/webhooks/approval/${job}`,
    { decision: "approved" },
    409,
  ],
  [
    "post",
    "/api/v1/approvals/{approval_id}/decide",
    () => `/api/v1/approvals/${asking.approval_id}/decide`,
    { decision: "approved" },
  ],
];

test.each(asked)(
  "a real answer of %s %s is as the document says (%#)",
  async (method, path, at, body, status = 200) => {
    const answer = await api.call(method.toUpperCase(), at(), body, { headers: { accept: "application/json" } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    const operation = document.paths[path][method];
    const response = operation.responses[String(status)] ?? operation.responses.default;
    const [content] = Object.values(response.content as Record<string, { schema?: Json }>);
    const schema = JSON.parse(JSON.stringify(content?.schema ?? {}).replaceAll("#/components/", "doc#/components/"));
    const valid = ajv.validate(schema, answer.body);
    expect(valid, ajv.errorsText()).toBe(true);
    // An answer has no member that the document does not know: rows and details are closed.
    if (schema.$ref)
      expect(
        Object.keys(answer.body).filter(
          (key) => !(key in document.components.schemas[schema.$ref.split("/").at(-1)].properties),
        ),
      ).toEqual([]);
  },
);
