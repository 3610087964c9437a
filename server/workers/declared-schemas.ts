import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { compileJsonSchema, isTooDeep, SchemaError } from "@/server/engine/blueprint/json-schema-validator";

/** Schemas of one message that are looked at. */
const MOST_SCHEMAS = 500;
/** UTF-8 bytes of one schema's JSON text. */
const MAX_SCHEMA_BYTES = 32 * 1024;

/**
 * The JSON Schemas that one message declares. One that cannot be used binds nobody: it is left out, and `complain` is told
 * of it. To compile them takes time that all others wait for, so there is an end to their number and size.
 */
export class DeclaredSchemas {
  private count = 0;

  constructor(private readonly complain: (fault: string) => void) {}

  /** The schema, if it can be used; null for one that is not there or that cannot. */
  usable(value: JsonValue | undefined, path: string): JsonObject | null {
    if (value === undefined || value === null) return null;
    const fault = isJsonObject(value) ? this.faultOf(value) : "is not a JSON Schema and is not looked at";
    if (fault === null) return value as JsonObject;
    if (this.count <= MOST_SCHEMAS + 1) this.complain(`${path} ${fault}`);
    return null;
  }

  private faultOf(schema: JsonObject): string | null {
    if (++this.count > MOST_SCHEMAS)
      return `is not looked at, nor what follows: at most ${MOST_SCHEMAS} schemas may be declared in one message`;
    if (isTooDeep(schema)) return "is not looked at: it nests too deeply";
    if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES)
      return `is not looked at: it is larger than ${MAX_SCHEMA_BYTES} bytes`;
    try {
      compileJsonSchema(schema);
      return null;
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return `is not looked at: ${error.message}`;
    }
  }
}
