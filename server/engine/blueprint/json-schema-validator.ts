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
const MAX_COUNTED_VALUES = 1_000_000;

/** References that one check follows at most, and more for each value: with them a small schema can ask for looks without end. */
const MOST_STEPS = 20_000;
const STEPS_PER_VALUE = 16;
const STEP = "x-batuta-step";
const TOO_MUCH: FieldProblem = {
  field: "",
  message: "takes too much work to check: the references in its schema multiply",
  fix: "write the schema so that it looks at each value a few times only",
};
const MAX_DEPTH = 200;
/** What is below them is data, not schema. */
const LITERALS = new Set(["const", "enum", "default", "examples"]);

const cache = new Map<string, JsonSchemaValidator>();
let stepsLeft = MOST_STEPS;

class TooMuchWork extends Error {}

/** Compiles a JSON Schema (2020-12, or draft-07 by its `$schema`), cached by content. Throws a SchemaError. */
export function compileJsonSchema(schema: JsonObject | boolean): JsonSchemaValidator {
  if (isTooDeep(schema)) throw new SchemaError(`Not a usable JSON Schema: it nests beyond ${MAX_DEPTH}`);
  const key = contentHash(schema);
  const known = cache.get(key);
  if (known) return known;
  const counted = withSteps(schema as JsonValue) as JsonObject | boolean;
  const refers = JSON.stringify(counted).includes(`"${STEP}"`);
  const first = compileWith(counted, false);
  let all: ValidateFunction | null = null;
  function check(data: unknown): ValidationResult {
    if (first(data)) return { ok: true };
    if (countValues(data, MAX_LISTED_VALUES) >= MAX_LISTED_VALUES)
      return { ok: false, problems: fieldProblems(first.errors ?? [], data) };
    all ??= compileWith(counted, true);
    stepsLeft = MOST_STEPS + STEPS_PER_VALUE * MAX_LISTED_VALUES;
    all(data);
    return { ok: false, problems: fieldProblems(all.errors ?? [], data) };
  }
  const validator: JsonSchemaValidator = {
    validate(data) {
      if (refers) stepsLeft = MOST_STEPS + STEPS_PER_VALUE * countValues(data, MAX_COUNTED_VALUES);
      try {
        return check(data);
      } catch (error) {
        if (!(error instanceof TooMuchWork)) throw error;
        return { ok: false, problems: [TOO_MUCH] };
      }
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
    return ajvFor(bare, draft07, allErrors)(bare);
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

type SchemaCompiler = (schema: JsonObject | boolean) => ValidateFunction;

const compilers = new Map<string, Ajv>();

/**
 * What compiles a schema. Instances remember schemas by `$id`, and those of strangers may collide: whoever has one, or an
 * anchor, gets an instance of its own. To make one takes longer than to compile.
 */
function ajvFor(schema: JsonObject | boolean, draft07: boolean, allErrors: boolean): SchemaCompiler {
  const options = { allErrors, meta: false, validateSchema: false };
  if (/"(?:\$?id|\$(?:dynamic|recursive)?anchor)":/i.test(JSON.stringify(schema))) {
    const own = newAjv(draft07, options);
    return (given) => own.compile(given);
  }
  const key = `${draft07} ${allErrors}`;
  const shared = compilers.get(key) ?? newAjv(draft07, options);
  compilers.set(key, shared);
  return (given) => {
    try {
      return shared.compile(given);
    } finally {
      shared.removeSchema(given);
    }
  };
}

/** The schema with a mark beside each reference, by which it is counted how often it is followed. */
function withSteps(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withSteps);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]): [string, JsonValue] => [
    key,
    LITERALS.has(key) ? value : withSteps(value),
  ]);
  const refers = ["$ref", "$dynamicRef", "$recursiveRef"].some((word) => typeof schema[word] === "string");
  return Object.fromEntries(refers ? [...entries, [STEP, true]] : entries);
}

function step(): boolean {
  if (--stepsLeft < 0) throw new TooMuchWork(TOO_MUCH.message);
  return true;
}

/** Whether a schema nests deeper than it may: more cannot be walked without running out of stack. */
export function isTooDeep(schema: unknown): boolean {
  return isDeeper(schema, MAX_DEPTH);
}

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((each) => isDeeper(each, most - 1));
}

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
  ajv.addKeyword({ keyword: STEP, schemaType: "boolean", before: "$ref", validate: step, errors: false });
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
