import type { JsonSchemaValidator } from "./blueprint/json-schema-validator";

/** The faults of data against a schema as one sentence; null when there are none, or no schema. */
export function schemaFaults(validator: JsonSchemaValidator | null, data: unknown): string | null {
  const checked = validator?.validate(data);
  if (!checked || checked.ok) return null;
  return checked.problems.map((problem) => problem.message).join("; ");
}
