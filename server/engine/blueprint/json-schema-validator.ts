import { RE2JS } from "@bufbuild/re2";
import { Ajv, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";
import type { JsonObject, JsonValue } from "@/lib/json";
import { canonicalJson, contentHash } from "./content-hash";
import { type FieldProblem, fieldProblems } from "./schema-problems";

export type { FieldProblem } from "./schema-problems";

export type ValidationResult = { ok: true } | { ok: false; problems: FieldProblem[] };

export interface JsonSchemaValidator {
  /** Checks data; lists every fault of small data, the first fault of large. */
  validate(data: unknown): ValidationResult;
}

/** A JSON Schema that cannot be used: not a schema, or with references to elsewhere. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

const MAX_CACHED = 2000;
/** Above this many values all faults are no longer listed: the list could be as large as the data. */
const MAX_LISTED_VALUES = 2000;

const cache = new Map<string, JsonSchemaValidator>();

/** Compiles a JSON Schema (2020-12, or draft-07 by its `$schema`), cached by content. Throws a SchemaError. */
export function compileJsonSchema(schema: JsonObject | boolean): JsonSchemaValidator {
  const key = contentHash(schema);
  const known = cache.get(key);
  if (known) return known;
  const first = compileWith(schema, false);
  let all: ValidateFunction | null = null;
  const validator: JsonSchemaValidator = {
    validate(data) {
      if (first(data)) return { ok: true };
      if (countValues(data, MAX_LISTED_VALUES) >= MAX_LISTED_VALUES)
        return { ok: false, problems: fieldProblems(first.errors ?? [], data) };
      all ??= compileWith(schema, true);
      all(data);
      return { ok: false, problems: fieldProblems(all.errors ?? [], data) };
    },
  };
  const oldest = cache.size >= MAX_CACHED ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, validator);
  return validator;
}

function compileWith(schema: JsonObject | boolean, allErrors: boolean): ValidateFunction {
  const declared = typeof schema === "object" ? schema.$schema : undefined;
  const draft07 = typeof declared === "string" && /draft-0[4-7]/.test(declared);
  const bare = typeof schema === "object" ? { ...schema } : schema;
  if (typeof bare === "object") delete bare.$schema;
  const checker = schemaChecker(draft07);
  try {
    if (!checker.validateSchema(bare)) throw new Error(checker.errorsText(checker.errors, { dataVar: "schema" }));
    return newAjv(draft07, { allErrors, meta: false, validateSchema: false }).compile(bare);
  } catch (error) {
    throw new SchemaError(`Not a usable JSON Schema: ${(error as Error).message}`, { cause: error });
  }
}

const checkers = new Map<boolean, Ajv>();

/** Checks schemas against their draft. Shared, because compiling a draft's own schema takes 20 ms. */
function schemaChecker(draft07: boolean): Ajv {
  const checker = checkers.get(draft07) ?? newAjv(draft07, {});
  checkers.set(draft07, checker);
  return checker;
}

/** One instance per schema: instances remember schemas by `$id`, and those of strangers may collide. */
function newAjv(draft07: boolean, extra: Options): Ajv {
  const options: Options = {
    strict: false,
    logger: false,
    verbose: true,
    addUsedSchema: false,
    code: { regExp: linearRegExp },
    ...extra,
  };
  const ajv = draft07 ? new Ajv(options) : (new Ajv2020(options) as unknown as Ajv);
  formatsPlugin.default(ajv);
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: hasUniqueItems,
    errors: false,
  });
  return ajv;
}

/** Patterns come from strangers and run on the data of strangers: RE2 has no catastrophic ones. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Its text is the key under which the library keeps a pattern: without it all patterns would be one.
    return { test: (text: string) => compiled.test(text), toString: () => `/${pattern}/` };
  },
  { code: "linearRegExp" },
) as unknown as NonNullable<NonNullable<Options["code"]>["regExp"]>;

/** Linear, where the library compares every pair. */
function hasUniqueItems(wanted: boolean, items: JsonValue[]): boolean {
  return !wanted || new Set(items.map((item) => canonicalJson(item))).size === items.length;
}

/** Values in `data`, counted up to `most`. */
function countValues(data: unknown, most: number): number {
  if (typeof data !== "object" || data === null) return 1;
  let count = 1;
  for (const value of Object.values(data)) {
    count += countValues(value, most - count);
    if (count >= most) return most;
  }
  return count;
}
