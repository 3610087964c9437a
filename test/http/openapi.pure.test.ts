import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { fullPath, OTHER_OPERATIONS, openApiDocument } from "@/server/http/openapi";
import { START_PARAMETERS } from "@/server/http/openapi-headers";
import { REQUEST_EXAMPLES } from "@/server/http/openapi-requests";
import type { Json } from "@/server/http/openapi-schema";
import { OPERATIONS } from "@/server/http/operations";
import { systemRouteAt } from "@/server/http/system-routes";
import { idempotencyKeyOf } from "@/server/jobs/start-job";
import { contractOf } from "@/test/support/contract";
import { badExamples } from "@/test/support/contract-examples";

const document = openApiDocument(OPERATIONS);
const described = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("the document is OpenAPI 3.1, by the schema of its makers", async () => {
  expect(document.openapi).toBe("3.1.0");
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

test("it names every operation once, the sign-in and the worker protocol among them", () => {
  const ids = described.map(({ operation }) => operation.operationId as string).sort();
  const known = [...OPERATIONS, ...OTHER_OPERATIONS].map((operation) => operation.id).sort();
  expect(ids).toEqual(known);
  expect(new Set(ids).size).toBe(ids.length);
});

test("no two paths are the same but for the names of their parts", () => {
  const paths = Object.keys(document.paths as Json).map((path) => path.replace(/\{\w+\}/g, "{}"));
  expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
});

test("every reference leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"/]+)"/g)];
  const components = document.components as Record<string, Json>;
  expect(references.length).toBeGreaterThan(100);
  expect(references.filter(([, kind = "", name = ""]) => !components[kind]?.[name]).map(([text]) => text)).toEqual([]);
});

test("an Idempotency-Key is taken exactly when it is as the document says", () => {
  const { schema } = START_PARAMETERS.find(({ name }) => name === "Idempotency-Key") as { schema: Json };
  const fits = new Ajv2020().compile(schema);
  const isTaken = (key: string) => {
    try {
      return idempotencyKeyOf(new Headers({ "idempotency-key": key })) === key;
    } catch {
      return false;
    }
  };
  const keys = ["a", "x".repeat(255), "!~{}", "x".repeat(256), "", "a b", "a\tb", "\u00e9", "\u007f"];
  expect(keys.map((key) => fits(key))).toEqual(keys.map(isTaken));
  expect(keys.filter(isTaken)).toHaveLength(3);
});

test("every body, parameter and header has a schema that compiles, and its example fits", () => {
  expect(badExamples(document)).toEqual([]);
  const bodies = described.flatMap(({ operation }) =>
    [operation.requestBody as Json | undefined].flatMap((body) =>
      Object.entries((body?.content as Record<string, Json> | undefined) ?? {}).map(([type, content]) => ({
        place: `${operation.operationId} ${type}`,
        content,
      })),
    ),
  );
  expect(bodies.length).toBeGreaterThan(20);
  expect(bodies.filter(({ content }) => content.example === undefined).map(({ place }) => place)).toEqual([]);
});

test("a bad example and a schema that is none are found", () => {
  const content = { "application/json": { schema: { type: "object", required: ["a"] }, example: {} } };
  expect(badExamples({ paths: { "/x": { post: { requestBody: { content } } } } })).toHaveLength(1);
  const broken = { "application/json": { schema: { $ref: "#/components/schemas/Absent" }, example: {} } };
  expect(badExamples({ components: {}, paths: { "/x": { post: { requestBody: { content: broken } } } } })).toHaveLength(
    1,
  );
});

test("examples belong to operations that there are", () => {
  const ids = new Set(described.map(({ operation }) => operation.operationId));
  expect(Object.keys(REQUEST_EXAMPLES).filter((id) => !ids.has(id))).toEqual([]);
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

test("an answer that is not as the document says is found out", () => {
  const contract = contractOf(document);
  const headers = new Headers({ "content-type": "application/json" });
  const fault = (
    method: string,
    path: string,
    status: number,
    body: unknown,
    more: Partial<{ headers: Headers }> = {},
  ) => contract.faultOf(method, path, { status, headers, wanted: [], text: JSON.stringify(body), ...more });
  expect(fault("GET", "/_public/status", 200, { status: "ok", degraded: [] })).toBeNull();
  expect(fault("GET", "/_public/status", 200, { status: "well", degraded: [] })).toContain("getStatus");
  expect(fault("GET", "/_public/status", 200, { status: "ok", degraded: [], more: 1 })).toContain("additional");
  expect(fault("GET", "/_public/status", 201, { status: "ok", degraded: [] })).toContain("status");
  const text = { headers: new Headers({ "content-type": "text/plain" }) };
  expect(fault("GET", "/_public/status", 200, "ok", text)).toContain("content type");
  expect(fault("GET", "/api/jobs/x", 404, { error: "Job not found", code: "not_found" })).toBeNull();
  expect(fault("GET", "/api/v1/jobs/x", 404, { error: "Job not found" })).toContain("getJob");
  expect(fault("POST", "/api/v1/any/where", 202, { status: "accepted" })).toContain("job_id");
  expect(fault("GET", "/nowhere", 200, {})).toContain("no operation");
  const lacking = contract.faultOf("GET", "/healthz", { status: 200, headers, wanted: ["x-request-id"], text: "{}" });
  expect(lacking).toContain("x-request-id");
});
