import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/lib/json";
import { jsonChanges, mergePatchOf, sameJson } from "@/lib/json-changes";
import { mergePatch } from "@/server/engine/merge-patch";

describe("the changes between two pieces of JSON", () => {
  it("names each place with what was there and what is", () => {
    const before = { kept: [1, { a: 2 }], gone: true, preset: { codec: "raw", height: 1080 } };
    const after = { kept: [1, { a: 2 }], preset: { height: 1080, codec: "h264" }, fresh: null };
    expect(jsonChanges(before, after)).toEqual([
      { path: "gone", before: true, after: undefined },
      { path: "preset.codec", before: "raw", after: "h264" },
      { path: "fresh", before: undefined, after: null },
    ]);
  });

  it("takes a list as one value, and the order of keys for nothing", () => {
    expect(jsonChanges({ a: [1, 2] }, { a: [2, 1] })).toHaveLength(1);
    expect(sameJson({ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 })).toBe(true);
  });
});

describe("the merge patch", () => {
  it("says which nulls it cannot set", () => {
    expect(mergePatchOf({ a: 1 }, { a: null, b: { c: null } })).toEqual({ patch: { b: {} }, nulls: ["a", "b.c"] });
  });

  it("makes the one out of the other, whatever they are, as the engine applies it", () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
    const key = fc.constantFrom("a", "b", "c", "d");
    const object = fc.letrec((tie) => ({
      node: fc.dictionary(key, fc.oneof({ depthSize: "small" }, leaf, tie("node"))),
    })).node as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(object, object, (before, after) => {
        const { patch, nulls } = mergePatchOf(before, after);
        expect(nulls).toEqual([]);
        expect(sameJson(mergePatch(before, patch), after)).toBe(true);
      }),
    );
  });
});
