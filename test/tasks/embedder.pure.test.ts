import { expect, test } from "vitest";
import { createEmbedder, retryAfterOf } from "@/server/documents/embedder";
import { cosine, vectorBytes } from "@/server/documents/vector";
import { embeddingsServer } from "@/test/tasks/embeddings-server";

const KEY = "sk-of-this-test-1234567890";

async function host(changes: { timeoutMs?: number } = {}) {
  const server = await embeddingsServer();
  const options = { model: "small", apiKey: KEY, timeoutMs: 10_000, batchSize: 8, ...changes };
  return { server, embedder: createEmbedder({ url: server.url, ...options }), options };
}

test("asks as the protocol says, and gives vectors of length one in the order of the texts", async () => {
  const { server, embedder, options } = await host();
  const [ship, bread, boat] = await embedder.embed(["a ship", "bread and flour", "two boats"]);
  expect(server.requests).toMatchObject([
    {
      path: "/v1/embeddings",
      authorization: `Bearer ${KEY}`,
      model: "small",
      input: ["a ship", "bread and flour", "two boats"],
    },
  ]);
  const near = (left?: Float32Array, right?: Float32Array) =>
    cosine(vectorBytes(left as Float32Array), right as Float32Array) ?? 0;
  expect(near(ship, ship)).toBeCloseTo(1, 5);
  expect(near(ship, boat)).toBeGreaterThan(0.9);
  expect(near(ship, bread)).toBeLessThan(0.2);
  expect(cosine(vectorBytes(new Float32Array([1])), new Float32Array([1, 0]))).toBeNull();
  await createEmbedder({ ...options, url: `${server.url}/embeddings`, apiKey: null }).embed(["x"]);
  expect(server.requests.at(-1)).toMatchObject({ path: "/v1/embeddings", authorization: undefined });
  expect(await embedder.embed([])).toEqual([]);
});

const json = (value: unknown) => (response: { end(text: string): void }) => void response.end(JSON.stringify(value));
const status =
  (code: number, text: string, headers: Record<string, string> = {}) =>
  (response: { writeHead(code: number, headers: Record<string, string>): { end(text: string): void } }) =>
    void response.writeHead(code, headers).end(text);

test.each([
  [
    "too many requests, with seconds",
    status(429, "slow down", { "retry-after": "7" }),
    "RESOURCE_EXHAUSTED_ERROR",
    7_000,
  ],
  ["an overloaded server", status(503, "busy", { "retry-after": "2" }), "TRANSIENT_ERROR", 2_000],
  ["a server error", status(500, "oops"), "TRANSIENT_ERROR", undefined],
  ["a key that is refused", status(401, `the key ${KEY} is wrong`), "DEPENDENCY_ERROR", undefined],
  ["a model that is not there", status(404, "no such model"), "PERMANENT_ERROR", undefined],
  ["a redirect", status(302, "", { location: "http://127.0.0.1:1/" }), "TRANSIENT_ERROR", undefined],
  ["no JSON", status(200, "<html>"), "CONTRACT_VIOLATION", undefined],
  ["too few", json({ data: [{ index: 0, embedding: [1] }] }), "CONTRACT_VIOLATION", undefined],
  [
    "one twice",
    json({
      data: [
        { index: 0, embedding: [1] },
        { index: 0, embedding: [1] },
      ],
    }),
    "CONTRACT_VIOLATION",
    undefined,
  ],
  [
    "several dimensions",
    json({
      data: [
        { index: 0, embedding: [1] },
        { index: 1, embedding: [1, 2] },
      ],
    }),
    "CONTRACT_VIOLATION",
    undefined,
  ],
  [
    "a vector of nothing",
    json({
      data: [
        { index: 0, embedding: [0] },
        { index: 1, embedding: [1] },
      ],
    }),
    "CONTRACT_VIOLATION",
    undefined,
  ],
  ["words for numbers", json({ data: [{ embedding: ["a"] }, { embedding: [1] }] }), "CONTRACT_VIOLATION", undefined],
  [
    "a connection that ends in the middle",
    (response: { write(text: string): void; destroy(): void }) => {
      response.write("{");
      response.destroy();
    },
    "TRANSIENT_ERROR",
    undefined,
  ],
])("%s is an error with a code", async (_what, answer, code, retryAfterMs) => {
  const { server, embedder } = await host();
  server.next(answer as never);
  const error = await embedder.embed(["a", "b"]).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "TaskError", code });
  expect((error as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs);
  expect((error as Error).message).not.toContain(KEY);
});

test("silence ends with TIMEOUT_ERROR, and nobody there with TRANSIENT_ERROR", async () => {
  const { server, embedder, options } = await host({ timeoutMs: 50 });
  server.next(() => undefined);
  await expect(embedder.embed(["a"])).rejects.toMatchObject({ code: "TIMEOUT_ERROR" });
  const nobody = createEmbedder({ ...options, url: "http://127.0.0.1:1/v1", timeoutMs: 5_000 });
  await expect(nobody.embed(["a"])).rejects.toMatchObject({ code: "TRANSIENT_ERROR" });
});

test("Retry-After is seconds or an instant", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(retryAfterOf("3", now)).toBe(3_000);
  expect(retryAfterOf("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5_000);
  expect(retryAfterOf("Wed, 31 Dec 2025 00:00:05 GMT", now)).toBe(0);
  expect(retryAfterOf("soon", now)).toBeNull();
  expect(retryAfterOf(null, now)).toBeNull();
});
