import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import type { Json } from "@/server/http/openapi-schema";

/** The places of a document whose `example` its own schema refuses, with the fault; and schemas that do not compile. */
export function badExamples(document: Json): string[] {
  const ajv = new Ajv2020({ strict: false });
  formatsPlugin.default(ajv);
  ajv.addSchema({ ...document, $id: "batuta:examples" } as object);
  const bad: string[] = [];
  walk(document, "#", (place, { schema, example }) => {
    try {
      const validate = ajv.compile({ $ref: `batuta:examples${place}/schema` });
      if (example !== undefined && !validate(example))
        bad.push(`${place}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(example)}`);
    } catch (error) {
      bad.push(`${place}: ${(error as Error).message} ${JSON.stringify(schema).slice(0, 100)}`);
    }
  });
  return bad;
}

/** Each place with a schema of its own: the contents of bodies, parameters and headers. */
function walk(value: unknown, place: string, visit: (place: string, found: Json) => void): void {
  if (typeof value !== "object" || value === null) return;
  const inside = value as Json;
  if (typeof inside.schema === "object" && inside.schema !== null && !place.includes("/schema")) visit(place, inside);
  for (const [key, inner] of Object.entries(inside)) {
    if (key === "example" || key === "schemas") continue;
    walk(inner, `${place}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, visit);
  }
}
