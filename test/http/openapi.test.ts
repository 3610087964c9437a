import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OPERATIONS } from "@/server/http/operations";
import { type ApiHost, hostApi } from "@/test/http/api-host";
import { productContract } from "@/test/support/contract";
import { badExamples } from "@/test/support/contract-examples";

let api: ApiHost;
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
});
afterAll(() => api?.stop());

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
  ["get", "/api/v1/documents", () => "/api/v1/documents?workspace_id=019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b"],
  ["get", "/api/v1/session", () => "/api/v1/session"],
  ["get", "/_public/status", () => "/_public/status"],
  ["get", "/healthz", () => "/healthz"],
  ["get", "/livez", () => "/livez"],
  ["get", "/livez/{check}", () => "/livez/loop"],
  ["get", "/startupz", () => "/startupz"],
  ["get", "/readyz/{check}", () => "/readyz/engine"],
  ["get", "/readyz", () => "/readyz?exclude=db,migrations"],
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
    expect(productContract().operationAt(method.toUpperCase(), at().split("?")[0] as string)).not.toBeNull();
    expect(path.replace(/\{\w+\}/g, "x").split("/").length).toBe(at().split("?")[0]?.split("/").length);
    // The host holds every answer against the document.
    const answer = await api.call(method.toUpperCase(), at(), body, { headers: { accept: "application/json" } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  },
);

// biome-ignore lint/suspicious/noExplicitAny: a document of JSON, walked by the test
const documentFor = async (token: string | null): Promise<any> => {
  const answer = await api.call("GET", "/api/v1/openapi.json", undefined, { token });
  expect(answer.status).toBe(200);
  return answer.body;
};

const shop = {
  name: "shop_order",
  description: "An order of the shop",
  api_endpoint: "/orders/new",
  input_schema: {
    $defs: { box: { type: "object", required: ["kg"], properties: { kg: { type: "number", minimum: 1 } } } },
    type: "object",
    required: ["customer", "box"],
    properties: { customer: { type: "string", examples: ["acme"] }, box: { $ref: "#/$defs/box" } },
  },
  output_schema: { type: "object" },
  states: { begin: set, done },
};

test("each caller finds an entry for the blueprints that it may start, and the document stays OpenAPI 3.1", async () => {
  const owner = await api.client("owner", ["jobs", "blueprints"]);
  const other = await api.client("other", ["jobs"]);
  const before = await documentFor(owner);
  expect(before.paths["/api/v1/orders/new"]).toBeUndefined();
  await api.call("PUT", "/api/v1/blueprints/shop_order", shop, { token: owner });
  const own = await documentFor(owner);
  const entry = own.paths["/api/v1/orders/new"].post;
  expect(entry.operationId).toBe("post-create-shop_order");
  expect(entry.requestBody.content["application/json"].example).toEqual({
    initial_data: { customer: "acme", box: { kg: 1 } },
  });
  expect(own.components.schemas["Input.shop_order"].properties.box.$ref).toBe(
    "#/components/schemas/Input.shop_order/$defs/box",
  );
  expect(Object.keys(entry.responses)).toContain("202");
  expect(await new Validator().validate(structuredClone(own))).toEqual({ valid: true });
  expect(badExamples(own)).toEqual([]);
  for (const token of [other, null]) expect(JSON.stringify(await documentFor(token))).not.toContain("shop_order");
  const cookie = await api.signIn();
  const { body } = await api.call("GET", "/api/v1/openapi.json", undefined, { cookie });
  expect(body.paths["/api/v1/orders/new"].post.operationId).toBe("post-create-shop_order");

  await api.call("PUT", "/api/v1/blueprints/shop_order", { ...shop, api_endpoint: "/orders" }, { token: owner });
  const moved = await documentFor(owner);
  expect(moved.paths["/api/v1/orders/new"]).toBeUndefined();
  expect(moved.paths["/api/v1/orders"].post.operationId).toBe("post-create-shop_order");
  const started = await api.call("POST", "/api/v1/orders", entry.requestBody.content["application/json"].example, {
    token: owner,
  });
  expect(started.status).toBe(202);
});

test("a wrong token is told so, and no token gets what everybody may know", async () => {
  const wrong = await api.call("GET", "/api/v1/openapi.json", undefined, { token: "a wrong one" });
  expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_token"]);
  const known = OPERATIONS.map((operation) => operation.id);
  const text = JSON.stringify(await documentFor(null));
  expect(known.filter((id) => !text.includes(`"operationId":"${id}"`))).toEqual([]);
});

test("the page of the document comes whole from here, with nothing inline, in the reader's language and colours", async () => {
  const page = await api.call("GET", "/_public/docs", undefined, {
    token: null,
    headers: { cookie: "batuta_locale=es; batuta_theme=dark" },
  });
  expect(page.status).toBe(200);
  expect(page.body).toContain('<html lang="es" data-theme="dark" class="dark-mode">');
  expect(page.body).toContain("Volver al panel");
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  expect(page.body).not.toMatch(/<style|style="|<script>| on\w+="|https?:\/\//);
  const links = [...page.body.matchAll(/(?:src|href)="(\/_public\/docs\/[^"]+)"/g)].map((match) => match[1] as string);
  expect(links).toHaveLength(5);
  for (const link of links) {
    const file = await api.call("GET", link, undefined, { token: null });
    expect([link, file.status, file.body.length > 100]).toEqual([link, 200, true]);
  }
  for (const absent of ["package.json", "..%2fpackage.json", "swagger-ui.js.map", "constructor"])
    expect([absent, (await api.call("GET", `/_public/docs/${absent}`)).status]).toEqual([absent, 404]);
});
