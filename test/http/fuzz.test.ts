import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findJsonProblem } from "@/lib/json";
import { credentialsOf } from "@/test/fuzz/credentials";
import { runFuzz } from "@/test/fuzz/fuzz-run";
import { type ApiHost, CLIENT_TOKEN, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { productContract } from "@/test/support/contract";

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi({ environment: { RATE_LIMITING_ENABLED: "false", WORKER_POLL_TIMEOUT_SECONDS: "1" } });
  const done = { type: "end", outcome: "success" };
  await api.put({ name: "any", states: { a: { type: "set", start: true, values: {}, to: "done" }, done } });
});
afterAll(() => api?.stop());

/** `npm run test:fuzz` sends five hundred for each operation; here each run takes another quarter of them. */
test("whatever comes, for any operation or none, is answered as the document says and is no fault of ours", async () => {
  const origin = await api.listen();
  const rows = await runFuzz({
    address: origin,
    credentials: credentialsOf({
      clientToken: CLIENT_TOKEN,
      workerToken: WORKER_TOKEN,
      otherToken: await api.client("other"),
      cookie: await api.signIn(),
      origin,
    }),
    seed: Math.floor(Math.random() * 1_000_000),
    valid: 2,
    broken: 4,
    replenishing: false,
    oneIn: 4,
    contract: productContract(),
    onRow: () => undefined,
  });
  expect(rows.flatMap((row) => row.faults)).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.reduce((sum, { answers }) => sum + (answers["2"] ?? 0), 0)).toBeGreaterThan(20);
}, 120_000);

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
