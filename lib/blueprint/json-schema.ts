import { z } from "zod";
import type { JsonObject } from "@/lib/json";
import { blueprintDocument } from "./schema/document-schema";

let published: JsonObject | undefined;

/** The document's JSON Schema (2020-12), as `GET /api/v1/blueprints/schema` publishes it. What only `parseBlueprint` can check is not in it. */
export function blueprintJsonSchema(): JsonObject {
  published ??= {
    ...(z.toJSONSchema(blueprintDocument, { io: "input", unrepresentable: "any" }) as unknown as JsonObject),
    title: "Batuta blueprint",
  };
  return published;
}
