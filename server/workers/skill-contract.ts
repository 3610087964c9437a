import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { compileJsonSchema, SchemaError } from "@/server/engine/blueprint/json-schema-validator";

/** What a worker promises of one skill, as JSON Schemas. */
export interface SkillContract {
  output_schema?: JsonObject;
  /** By the type of its events. */
  events_schema?: Record<string, JsonObject>;
}

/** Promises by the names of skills; skills without one are absent. */
export type SkillContracts = Record<string, SkillContract>;

/**
 * Reads the promises in a registered skill. A schema that cannot be used binds nobody: it is left out, and `complain` is
 * told of it.
 */
export function skillContractOf(
  skill: JsonObject,
  path: string,
  complain: (fault: string) => void,
): SkillContract | null {
  const contract: SkillContract = {};
  const output = usable(skill.output_schema, `${path}.output_schema`, complain);
  if (output) contract.output_schema = output;
  const events = isJsonObject(skill.events_schema) ? Object.entries(skill.events_schema) : [];
  for (const [type, schema] of events) {
    const event = usable(schema, `${path}.events_schema.${type}`, complain);
    if (event) contract.events_schema = { ...contract.events_schema, [type]: event };
  }
  return Object.keys(contract).length > 0 ? contract : null;
}

function usable(value: JsonValue | undefined, path: string, complain: (fault: string) => void): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (!isJsonObject(value)) {
    complain(`${path} is not a JSON Schema and is not looked at`);
    return null;
  }
  try {
    compileJsonSchema(value);
    return value;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    complain(`${path} is not looked at: ${error.message}`);
    return null;
  }
}

/** How data breaks a schema, as one sentence; null when it does not, or there is none. */
export function contractFaultOf(schema: JsonObject | undefined, data: JsonValue): string | null {
  if (!schema) return null;
  const checked = compileJsonSchema(schema).validate(data);
  return checked.ok
    ? null
    : checked.problems
        .map(({ message }) => message)
        .join("; ")
        .slice(0, 2_000);
}
