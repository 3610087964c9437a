import { isJsonObject, isPrototypeKey, type JsonObject, type JsonValue } from "@/lib/json";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import type { DeclaredSchemas } from "./declared-schemas";

/** What a worker promises of one skill, as JSON Schemas. */
export interface SkillContract {
  output_schema?: JsonObject;
  /** By the type of its events. */
  events_schema?: Record<string, JsonObject>;
}

/** Promises by the names of skills; skills without one are absent. */
export type SkillContracts = Record<string, SkillContract>;

/** Reads the promises in a registered skill. A schema that cannot be used binds nobody: it is left out. */
export function skillContractOf(skill: JsonObject, path: string, schemas: DeclaredSchemas): SkillContract | null {
  const contract: SkillContract = {};
  const output = schemas.usable(skill.output_schema, `${path}.output_schema`);
  if (output) contract.output_schema = output;
  const events = isJsonObject(skill.events_schema) ? Object.entries(skill.events_schema) : [];
  const declared: Record<string, JsonObject> = {};
  for (const [type, schema] of events) {
    const event = schemas.usable(schema, `${path}.events_schema.${type}`);
    if (event && !isPrototypeKey(type)) declared[type] = event;
  }
  if (Object.keys(declared).length > 0) contract.events_schema = declared;
  return Object.keys(contract).length > 0 ? contract : null;
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
