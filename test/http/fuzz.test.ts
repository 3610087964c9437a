import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiError } from "@/lib/api/error";
import { findJsonProblem } from "@/lib/json";
import { fullPath } from "@/server/http/openapi";
import { OPERATIONS } from "@/server/http/operations";
import { type ApiHost, hostApi } from "@/test/http/api-host";

let api: ApiHost;
let jobs: string[];
beforeAll(async () => {
  api = await hostApi();
  const done = { type: "end", outcome: "success" };
  await api.put({ name: "any", states: { a: { type: "set", start: true, values: {}, to: "done" }, done } });
  await api.put({
    name: "asks",
    states: { a: { type: "approval", start: true, message: "?", transitions: { approved: "done" } }, done },
  });
  jobs = [await api.start("any"), await api.start("asks")];
});
afterAll(() => api?.stop());

const NASTY = [
  "",
  " ",
  "0",
  "-1",
  "1e9",
  "9999999999999999999",
  "NaN",
  "null",
  "true",
  "[]",
  "{}",
  "..",
  "../..",
  "..%2f",
  "%00",
  "\u0000",
  "\r\nx: y",
  "'; drop table jobs; --",
  "${7*7}",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "𝒳𝒴",
  "\u202e",
  "a".repeat(5_000),
  "*",
  "2026-01-01T00:00:00Z",
  "0000-00-00",
  "9999-12-31T23:59:59Z",
  "succeeded,failed",
  ",",
  "approved",
  "rejected",
  "%",
  "_",
  "\\",
  "\u001e",
  "\u001d",
];

const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 40 }), fc.integer().map(String));
const value = fc.oneof(nasty, fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>);
const body = fc.oneof(
  fc.dictionary(
    fc.constantFrom(
      "decision",
      "comment",
      "values",
      "reason",
      "initial_data",
      "webhook_url",
      "dispatch_timeout",
      "result_timeout",
      "metadata",
      "token",
      "email",
      "password",
      "name",
      "states",
      "filter",
      "ids",
      "selection_id",
      "action",
      "canary",
      "patch",
      "priority",
    ),
    value,
  ),
  value,
);

const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, "");

/** Streams stay open; the rest of the operations answer and are done. */
const asked = OPERATIONS.filter((operation) => operation.tag !== "Live");

test.each(asked.map((operation) => [operation.id, operation] as const))(
  "%s: whatever comes is answered, and never with a fault of ours",
  async (_id, operation) => {
    const ids = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...jobs) },
      { weight: 2, arbitrary: nasty },
      fc.constantFrom(...jobs).map((id) => `${id}.2048`),
      fc.constantFrom("any", "asks"),
    );
    const query = fc.dictionary(
      fc.constantFrom(
        "limit",
        "cursor",
        "status",
        "q",
        "from",
        "to",
        "blueprint",
        "label.a",
        "label.",
        "fields",
        "after_seq",
        "mine",
        "version",
        "after",
        "filename",
        "parent",
        "outcome",
      ),
      nasty,
      { maxKeys: 4 },
    );
    await fc.assert(
      fc.asyncProperty(ids, query, body, fc.boolean(), async (id, parameters, content, raw) => {
        const path = fullPath(operation.path).replace(/\{\w+\}/g, encodeURIComponent(wellFormed(id)));
        const search = new URLSearchParams(parameters).toString();
        const sent =
          operation.method === "GET"
            ? undefined
            : raw
              ? wellFormed(Object.values(parameters).join())
              : JSON.stringify(content);
        const answer = await api.call(operation.method, `${path}?${search}`, sent);
        expect([
          path,
          sent,
          answer.status < 500 || answer.status === 503,
          answer.status < 500 ? "" : answer.body,
        ]).toEqual([path, sent, true, ""]);
        if (answer.status >= 400) expect(apiError.safeParse(answer.body).error?.message).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  },
);

test("data that may be stored comes back as it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ unit: "grapheme", minLength: 1 }), fc.jsonValue({ maxDepth: 5 }), { maxKeys: 5 }),
      async (data) => {
        const sent = JSON.stringify({ initial_data: data });
        const answer = await api.call("POST", "/api/v1/jobs/any", sent);
        if (findJsonProblem(data)) {
          expect(answer.status).toBe(400);
          return;
        }
        expect([answer.status, answer.body.code]).toEqual([202, undefined]);
        const job = await api.call("GET", `/api/v1/jobs/${answer.body.job_id}`);
        expect(JSON.stringify(job.body.input)).toBe(JSON.stringify(JSON.parse(sent).initial_data));
      },
    ),
    { numRuns: 100 },
  );
});
