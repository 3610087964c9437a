import { describe, expect, it } from "vitest";
import { blueprintJsonSchema } from "@/lib/blueprint/json-schema";
import type { JsonObject } from "@/lib/json";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { sampleDocument } from "@/test/engine/blueprint/sample-document";

describe("the published JSON Schema", () => {
  const validator = compileJsonSchema(blueprintJsonSchema());

  it("accepts what the engine accepts", () => {
    expect(validator.validate(sampleDocument())).toEqual({ ok: true });
  });

  it.each<[string, (document: JsonObject) => void]>([
    ["an unknown key", (document) => (document.extra = 1)],
    ["a missing name", (document) => delete document.name],
    ["a name with a blank", (document) => (document.name = "a b")],
    ["an unknown type of state", (document) => ((document.states as JsonObject).cool = { type: "sleep" })],
    [
      "an unknown key in a state",
      (document) => ((document.states as JsonObject).cool = { type: "wait", seconds: 1, to: "done", x: 1 }),
    ],
    ["a wrong type", (document) => (document.timeout_seconds = "long")],
  ])("refuses %s", (_name, change) => {
    const document = structuredClone(sampleDocument()) as unknown as JsonObject;
    change(document);
    expect(validator.validate(document).ok).toBe(false);
  });

  it("knows every type of state", () => {
    const text = JSON.stringify(blueprintJsonSchema());
    for (const type of ["handler", "choice", "set", "task", "parallel", "approval", "child", "wait", "end"]) {
      expect(text).toContain(`"const":"${type}"`);
    }
  });
});
