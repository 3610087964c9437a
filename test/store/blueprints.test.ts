import { afterAll, beforeAll, expect, test } from "vitest";
import {
  blueprintByEndpoint,
  blueprintById,
  blueprintVersion,
  latestBlueprint,
  listBlueprints,
  listVersions,
  type NewBlueprint,
  putBlueprint,
} from "@/server/store/blueprints";
import { putClient } from "@/server/store/clients";
import { type Database, openDatabase } from "@/server/store/database";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";

let database: TestDatabase;
let store: Database;
let other: number;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 8, name: "test" });
  other = await putClient(store, { name: "other", tokenHash: new Uint8Array([1]), scopes: [] });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

function blueprint(name: string, content: string, overrides: Partial<NewBlueprint> = {}): NewBlueprint {
  return {
    name,
    hash: content,
    document: { content },
    description: null,
    apiEndpoint: null,
    apiVersion: null,
    clientId: 1,
    shared: false,
    source: "upload",
    ...overrides,
  };
}

test("the same content is the same version, and going back makes the old version current", async () => {
  const first = await putBlueprint(store, blueprint("a", "one"));
  expect(first).toMatchObject({ version: 1, created: true });
  expect(await putBlueprint(store, blueprint("a", "one"))).toEqual({ ...first, created: false });
  expect(await putBlueprint(store, blueprint("a", "two"))).toMatchObject({ version: 2, created: true });
  expect(await latestBlueprint(store, "a")).toMatchObject({ version: 2, document: { content: "two" } });
  expect(await putBlueprint(store, blueprint("a", "one"))).toEqual({ ...first, created: false });
  expect(await latestBlueprint(store, "a")).toMatchObject({ version: 1 });
  expect((await listVersions(store, "a")).map((row) => row.version)).toEqual([2, 1]);
  expect(await blueprintById(store, first.id)).toMatchObject({ name: "a", version: 1 });
  expect(await blueprintVersion(store, "a", 2)).toMatchObject({ hash: "two" });
});

test("concurrent puts number the versions without a gap", async () => {
  const contents = Array.from({ length: 24 }, (_, index) => `content-${index % 12}`);
  const results = await Promise.all(contents.map((content) => putBlueprint(store, blueprint("b", content))));
  expect(results.filter((result) => result.created)).toHaveLength(12);
  const versions = (await listVersions(store, "b")).map((row) => row.version);
  expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => 12 - index));
});

test("a name belongs to the client that put it first; an endpoint to one blueprint", async () => {
  await putBlueprint(store, blueprint("c", "one", { apiEndpoint: "orders", apiVersion: "v1" }));
  await expect(putBlueprint(store, blueprint("c", "two", { clientId: other }))).rejects.toMatchObject({
    name: "BlueprintConflictError",
    reason: "owner",
  });
  await expect(
    putBlueprint(store, blueprint("d", "one", { apiEndpoint: "orders", apiVersion: "v1" })),
  ).rejects.toMatchObject({ reason: "endpoint", taker: "c" });
  expect(await latestBlueprint(store, "d")).toBeNull();
  expect(await blueprintByEndpoint(store, "v1", "orders")).toMatchObject({ name: "c" });
  expect(await blueprintByEndpoint(store, null, "orders")).toBeNull();
  await putBlueprint(store, blueprint("c", "three"));
  expect(await blueprintByEndpoint(store, "v1", "orders")).toBeNull();
  await putBlueprint(store, blueprint("d", "one", { apiEndpoint: "orders", apiVersion: "v1", shared: true }));
  expect((await listBlueprints(store, other)).map((row) => row.name)).toEqual(["d"]);
  expect((await listBlueprints(store)).map((row) => row.name)).toEqual(["a", "b", "c", "d"]);
});
