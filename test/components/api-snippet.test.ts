import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { curlSnippet, exampleInput } from "@/components/blueprint/api-snippet";
import { shippedBlueprints } from "@/server/blueprints/shipped";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";

/** The arguments that a shell hands to `curl`, call by call. */
function argumentsOf(script: string): string[][] {
  const printing = `curl() { printf 'call\\0'; printf '%s\\0' "$@"; }; uuidgen() { echo key; }; TOKEN=secret\n${script}`;
  const output = execFileSync("sh", ["-c", printing], { encoding: "utf8" });
  return output
    .split("call\0")
    .slice(1)
    .map((call) => call.split("\0").slice(0, -1));
}

describe("the call that starts a job", () => {
  it("reaches curl as it was meant, whatever is in the input", () => {
    const input = { text: `it's $HOME, "quoted", \`run\` and \\ more`, ключ: "\n" };
    const [call] = argumentsOf(curlSnippet({ origin: "http://x", endpoint: "/api/v1/jobs/a", input }));
    expect(call?.slice(0, 3)).toEqual(["-X", "POST", "http://x/api/v1/jobs/a"]);
    expect(call).toContain("X-Client-Token: secret");
    expect(JSON.parse(call?.at(-1) ?? "")).toEqual({ initial_data: input });
  });

  it("uploads the file first where the input has one", () => {
    const input = exampleInput({
      type: "object",
      required: ["documents"],
      properties: { documents: { type: "array", items: { type: "string", format: "file" } } },
    });
    const calls = argumentsOf(curlSnippet({ origin: "http://x", endpoint: "/api/v1/jobs/a", input }));
    expect(calls.map((call) => call[2])).toEqual([
      "http://x/api/v1/files?filename=document.pdf",
      "http://x/api/v1/jobs/a",
    ]);
  });

  it.each(shippedBlueprints.map(({ document }) => [document.name, document.input_schema] as const))(
    "has an example that fits the schema of %s",
    (_, schema) => {
      if (!schema) throw new Error("it has no schema");
      expect(compileJsonSchema(schema).validate(exampleInput(schema))).toMatchObject({ ok: true });
    },
  );
});
