import type { JsonObject } from "@/lib/json";

/** The blueprints that come with the product, in the order they are offered, with an input that runs them at once. */
export const SAMPLES: readonly { name: string; input: JsonObject | null }[] = [
  { name: "square_numbers", input: { count: 100 } },
  { name: "expense_approval", input: { amount: 120, purpose: "Train tickets" } },
  { name: "document_ingestion", input: null },
];

/** A schema whose example is the sample's input; of the one without, a list of files. */
export function sampleSchema(name: string): JsonObject | null {
  const input = SAMPLES.find((sample) => sample.name === name)?.input;
  if (input) {
    return {
      type: "object",
      properties: Object.fromEntries(Object.entries(input).map(([key, value]) => [key, { default: value }])),
    };
  }
  if (name !== "document_ingestion") return null;
  return {
    type: "object",
    required: ["documents"],
    properties: { documents: { type: "array", items: { type: "string", format: "file" } } },
  };
}
