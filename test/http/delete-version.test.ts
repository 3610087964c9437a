import { afterAll, beforeAll, expect, test } from "vitest";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { type ApiHost, hostApi } from "@/test/http/api-host";

const coded = defineBlueprint({
  name: "written_in_code",
  states: {
    go: handler({ to: ["done"] }, ({ actions }) => actions.transitionTo("done")),
    done: end({ outcome: "success" }),
  },
});

const waits = (message: string) => ({
  name: "waits",
  states: {
    ask: { type: "approval", start: true, message, transitions: { approved: "done" } },
    done: { type: "end", outcome: "success" },
  },
});
const at = (name: string, endpoint: string, description = "one") => ({
  name,
  description,
  api_endpoint: endpoint,
  states: { done: { type: "end", start: true, outcome: "success" } },
});

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi({ blueprints: [coded] });
});
afterAll(() => api?.stop());

const remove = (name: string, version: number | string, options = {}) =>
  api.call("DELETE", `/api/v1/blueprints/${name}/versions/${version}`, undefined, options);
const versions = async (name: string) =>
  (await api.call("GET", `/api/v1/blueprints/${name}/versions`)).body.map((row: { version: number }) => row.version);

test("a version that open jobs use is kept, with their number; when they ended it goes, and its jobs keep their document", async () => {
  await api.put(waits("One?"));
  const job = await api.start("waits");
  await api.put(waits("Two?"));
  const refused = await remove("waits", 1);
  expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
  expect(refused.body.error).toBe(
    "Version 1 of waits is in use by 1 job that has not ended. Let them end, or cancel them, first",
  );
  expect(refused.body.details[0].open_jobs).toBe(1);
  await api.call("POST", `/api/v1/jobs/${job}/cancel`, {});
  expect(await remove("waits", 1)).toMatchObject({
    status: 200,
    body: { status: "deleted", name: "waits", version: 1, current_version: 2 },
  });
  expect(await versions("waits")).toEqual([2]);
  expect((await api.call("GET", "/api/v1/blueprints/waits?version=1")).status).toBe(404);
  expect((await remove("waits", 1)).status).toBe(404);
  expect((await api.call("GET", `/api/v1/jobs/${job}/graph`)).body.document.states.ask.message).toBe("One?");
  expect((await api.call("GET", `/api/v1/jobs/${job}`)).body.status).toBe("cancelled");
});

test("the newest of the others takes the place of the current version, and the same content brings one back", async () => {
  await api.put(at("moves", "/moves", "one"));
  await api.put(at("moves", "/moves", "two"));
  expect((await remove("moves", 2)).body.current_version).toBe(1);
  expect((await api.call("GET", "/api/v1/blueprints/moves")).body.version).toBe(1);
  expect((await remove("moves", 1)).body.current_version).toBe(null);
  expect((await api.call("GET", "/api/v1/blueprints/moves")).status).toBe(404);
  expect((await api.call("POST", "/api/v1/moves", {})).status).toBe(404);
  await api.put(at("moves", "/moves", "one"));
  expect(await versions("moves")).toEqual([1]);
});

test("a version whose place is taken does not come back by itself", async () => {
  await api.put(at("first", "/contested", "one"));
  await api.put(at("first", "/elsewhere", "two"));
  await api.put(at("second", "/contested"));
  const refused = await remove("first", 2);
  expect([refused.status, refused.body.error]).toEqual([409, expect.stringContaining("new jobs would get version 1")]);
  expect(await versions("first")).toEqual([2, 1]);
});

test("a version that running engines have in their code, that of another client, and what is no version", async () => {
  await expect.poll(async () => (await remove("written_in_code", 1)).status).toBe(404);
  const operator = { cookie: await api.signIn() };
  await expect
    .poll(async () => (await remove("written_in_code", 1, operator)).body.error)
    .toContain("is written in the code of an engine that is running");
  const token = await api.client("stranger", ["blueprints"]);
  expect((await remove("waits", 2, { token })).status).toBe(404);
  for (const version of ["0", "-1", "x", "99999999999", "1.5"])
    expect([404, 400]).toContain((await remove("waits", version)).status);
});
