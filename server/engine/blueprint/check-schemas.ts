import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { compileJsonSchema, SchemaError } from "./json-schema-validator";
import type { ProblemList } from "./problem-list";

/** Compiling a schema costs milliseconds. */
const MAX_SCHEMAS = 200;

/** Every JSON Schema of the document compiles. */
export function checkSchemas(document: Partial<BlueprintDocument>, problems: ProblemList): void {
  const schemas: [state: string | undefined, key: string, schema: JsonObject | undefined][] = [
    [undefined, "input_schema", document.input_schema],
    [undefined, "output_schema", document.output_schema],
    ...Object.entries(document.states ?? {}).flatMap(([name, state]) =>
      schemasOf(state).map(([key, schema]): [string, string, JsonObject | undefined] => [name, key, schema]),
    ),
  ];
  const given = schemas.filter(([, , schema]) => schema !== undefined);
  if (given.length > MAX_SCHEMAS) {
    problems.add({
      key: "states",
      message: `The document has ${given.length} JSON Schemas, ${MAX_SCHEMAS} at most are allowed`,
      fix: "Remove some",
      code: "json_schema",
    });
  }
  for (const [state, key, schema] of given.slice(0, MAX_SCHEMAS)) {
    try {
      compileJsonSchema(schema as JsonObject);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      problems.add({
        state,
        key,
        message: error.message,
        fix: "Correct the schema (JSON Schema 2020-12, without references to elsewhere)",
        code: "json_schema",
      });
    }
  }
}

function schemasOf(state: BlueprintState): [key: string, schema: JsonObject | undefined][] {
  switch (state.type) {
    case "task":
      return [["output_schema", state.output_schema]];
    case "parallel":
      return [
        ["task.output_schema", state.task?.output_schema],
        ...(state.tasks ?? []).map((task, index): [string, JsonObject | undefined] => [
          `tasks[${index}].output_schema`,
          task.output_schema,
        ]),
      ];
    case "approval":
      return [["form", state.form]];
    default:
      return [];
  }
}
