import { isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";

/** How a field is asked for. `json` is the way out for shapes that no control fits. */
export type FieldKind =
  | "text"
  | "textarea"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "strings"
  | "files"
  | "json";

export interface Choice {
  value: JsonValue;
  label: string;
}

/** One control of a form. */
export interface FormField {
  kind: FieldKind;
  /** Where its value goes: `customer.name`. */
  path: string;
  label: string;
  hint: string | undefined;
  required: boolean;
  default: JsonValue | undefined;
  choices: readonly Choice[];
  /** Of `files`: one or several, and whether the value is the file's id or an object that describes it. */
  files: {
    many: boolean;
    describes: readonly string[] | null;
    accept: readonly string[];
    maxBytes: number | null;
  } | null;
  format: string | undefined;
  limits: FieldLimits;
}

/** The schema's limits that a browser can check before the server does; the server checks them all. */
export interface FieldLimits {
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

/** A group of fields under a heading, from a nested object. */
export interface FormGroup {
  kind: "group";
  path: string;
  label: string;
  hint: string | undefined;
  parts: readonly FormPart[];
}

export type FormPart = FormField | FormGroup;

const LONG_TEXT = 200;
const DEEPEST = 6;

/** The form of an object's JSON Schema (draft 2020-12, local `$ref`s), in the order of its properties. */
export function formOf(schema: JsonObject): FormPart[] {
  return partsOf(resolve(schema, schema), schema, "", 0);
}

/** All fields, groups opened. */
export function fieldsOf(parts: readonly FormPart[]): FormField[] {
  return parts.flatMap((part) => (part.kind === "group" ? fieldsOf(part.parts) : [part]));
}

function partsOf(schema: JsonObject, root: JsonObject, path: string, depth: number): FormPart[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(properties).map(([name, property]) => {
    const inner = isJsonObject(property) ? resolve(property, root) : {};
    return partOf(inner, root, { name, path: path ? `${path}.${name}` : name, required: required.has(name), depth });
  });
}

interface Place {
  name: string;
  path: string;
  required: boolean;
  depth: number;
}

function partOf(schema: JsonObject, root: JsonObject, place: Place): FormPart {
  const label = text(schema.title) ?? humanised(place.name);
  const hint = text(schema.description);
  const kind = kindOf(schema, root);
  if (kind === "group" && place.depth < DEEPEST) {
    return { kind, path: place.path, label, hint, parts: partsOf(schema, root, place.path, place.depth + 1) };
  }
  return {
    kind: kind === "group" ? "json" : kind,
    path: place.path,
    label,
    hint,
    required: place.required,
    default: schema.default,
    choices: choicesOf(schema),
    files: kind === "files" ? filesOf(schema, root) : null,
    format: text(schema.format),
    limits: limitsOf(schema),
  };
}

function kindOf(schema: JsonObject, root: JsonObject): FieldKind | "group" {
  if (isFile(schema)) return "files";
  if (choicesOf(schema).length > 0) return "choice";
  switch (typeOf(schema)) {
    case "string":
      return isLong(schema) ? "textarea" : "text";
    case "number":
      return "number";
    case "integer":
      return "integer";
    case "boolean":
      return "boolean";
    case "object":
      return isJsonObject(schema.properties) && Object.keys(schema.properties).length > 0 ? "group" : "json";
    case "array": {
      const items = itemsOf(schema, root);
      if (isFile(items)) return "files";
      return typeOf(items) === "string" && choicesOf(items).length === 0 ? "strings" : "json";
    }
    default:
      return "json";
  }
}

function isLong(schema: JsonObject): boolean {
  if (schema.format === "textarea" || schema["x-batuta-multiline"] === true) return true;
  return typeof schema.maxLength === "number" && schema.maxLength > LONG_TEXT;
}

function isFile(schema: JsonObject): boolean {
  return schema.format === "file" || (schema["x-batuta-file"] !== undefined && schema["x-batuta-file"] !== false);
}

function filesOf(schema: JsonObject, root: JsonObject): FormField["files"] {
  const many = typeOf(schema) === "array";
  const item = many ? itemsOf(schema, root) : schema;
  const options = [item, schema].find((each) => isJsonObject(each["x-batuta-file"]))?.["x-batuta-file"];
  const { accept, max_bytes: maxBytes } = isJsonObject(options) ? options : {};
  const describes = typeOf(item) === "object" && isJsonObject(item.properties) ? Object.keys(item.properties) : null;
  const accepted = Array.isArray(accept) ? accept : accept === undefined ? [] : [accept];
  return {
    many,
    describes,
    accept: accepted.filter((each) => typeof each === "string"),
    maxBytes: typeof maxBytes === "number" ? maxBytes : null,
  };
}

/** The type, of a nullable one the other than null. */
function typeOf(schema: JsonObject): string | undefined {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((each) => each !== "null") as string | undefined;
  if (typeof type === "string") return type;
  return isJsonObject(schema.properties) ? "object" : undefined;
}

function itemsOf(schema: JsonObject, root: JsonObject): JsonObject {
  return isJsonObject(schema.items) ? resolve(schema.items, root) : {};
}

/** The choices of `enum`, or of `oneOf` with `const` and `title`. */
function choicesOf(schema: JsonObject): Choice[] {
  if (Array.isArray(schema.enum)) {
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, label: labelOf(value) }));
  }
  const options = Array.isArray(schema.oneOf) ? schema.oneOf : [];
  const constants = options.filter((option) => isJsonObject(option) && option.const !== undefined) as JsonObject[];
  if (constants.length === 0 || constants.length !== options.length) return [];
  return constants.map((option) => ({
    value: option.const as JsonValue,
    label: text(option.title) ?? labelOf(option.const as JsonValue),
  }));
}

function labelOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const LIMITS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"] as const;

function limitsOf(schema: JsonObject): FieldLimits {
  const limits: FieldLimits = {};
  for (const name of LIMITS) {
    const value = schema[name];
    if (typeof value === "number") limits[name] = value;
  }
  if (typeof schema.pattern === "string") limits.pattern = schema.pattern;
  return limits;
}

/** Follows local references, and takes the one real branch of "this or null". A circle ends as an empty schema. */
function resolve(schema: JsonObject, root: JsonObject, seen: readonly string[] = []): JsonObject {
  const reference = schema.$ref;
  if (typeof reference === "string") {
    const target = seen.includes(reference) ? undefined : pointed(root, reference);
    const { $ref: _, ...own } = schema;
    return target ? { ...resolve(target, root, [...seen, reference]), ...own } : own;
  }
  const branches = Array.isArray(schema.anyOf)
    ? schema.anyOf.filter((each) => isJsonObject(each) && each.type !== "null")
    : [];
  const only = branches.length === 1 ? branches[0] : undefined;
  if (!isJsonObject(only)) return schema;
  const { anyOf: _, ...own } = schema;
  return { ...resolve(only, root, seen), ...own };
}

function pointed(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith("#/")) return undefined;
  let at: JsonValue | undefined = root;
  for (const part of reference.slice(2).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isJsonObject(at) ? at : undefined;
}

/** `review_hours` and `reviewHours` become "Review hours". */
function humanised(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
