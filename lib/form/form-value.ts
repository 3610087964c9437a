import { getAt, setAt } from "@/lib/form/field-path";
import { type FieldLimits, type FormField, type FormPart, fieldsOf } from "@/lib/form/schema-fields";
import type { JsonObject, JsonValue } from "@/lib/json";

/** A file that was uploaded, as the API answered. */
export interface UploadedFile {
  file_id: string;
  name: string;
  size: number;
  type: string;
}

/** What the controls hold, by field path: text as typed (numbers too), an index for a choice, lists for lists. */
export type Draft = Record<string, DraftValue>;
export type DraftValue = string | boolean | string[] | UploadedFile[];

/** Why a field isn't right; the words are the messages `forms.<code>`. */
export interface FormProblem {
  path: string;
  label: string;
  code: FormProblemCode;
  limit?: number;
  /** The parser's words, or the pattern. */
  detail?: string;
}

export type FormProblemCode =
  | "errorRequired"
  | "errorRequiredChoice"
  | "errorNumber"
  | "errorInteger"
  | "errorMinimum"
  | "errorMaximum"
  | "errorMinLength"
  | "errorMaxLength"
  | "errorMinItems"
  | "errorMaxItems"
  | "errorPattern"
  | "errorJson";

/** What an untouched form holds: `value` where it has one, else the schema's default. */
export function draftOf(parts: readonly FormPart[], value: JsonObject = {}): Draft {
  return Object.fromEntries(
    fieldsOf(parts).map((field) => [field.path, draftValueOf(field, getAt(value, field.path) ?? field.default)]),
  );
}

function draftValueOf(field: FormField, value: JsonValue | undefined): DraftValue {
  switch (field.kind) {
    case "boolean":
      return value === true;
    case "strings":
      return Array.isArray(value) ? value.map(String) : [];
    case "files":
      return [];
    case "choice": {
      const index = field.choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(value));
      return index < 0 ? "" : String(index);
    }
    case "json":
      return value === undefined ? "" : JSON.stringify(value, null, 2);
    default:
      return value === undefined || value === null ? "" : String(value);
  }
}

/**
 * The value that the draft stands for, and what is wrong with it. Empty optional fields are left out. The checks are
 * the simple ones that spare a round trip: the server's own validation has the last word.
 */
export function readForm(parts: readonly FormPart[], draft: Draft): { value: JsonObject; problems: FormProblem[] } {
  const value: JsonObject = {};
  const problems: FormProblem[] = [];
  for (const field of fieldsOf(parts)) {
    const read = readField(field, draft[field.path]);
    if ("problem" in read) problems.push({ path: field.path, label: field.label, ...read.problem });
    else if (read.value !== undefined) setAt(value, field.path, read.value);
  }
  return { value, problems };
}

type Read = { value: JsonValue | undefined } | { problem: Pick<FormProblem, "code" | "limit" | "detail"> };

function readField(field: FormField, raw: DraftValue | undefined): Read {
  switch (field.kind) {
    case "boolean":
      return { value: raw === true };
    case "strings":
      return readList(
        field,
        ((raw as string[] | undefined) ?? []).filter((each) => each.trim() !== ""),
      );
    case "files":
      return readFiles(field, (raw as UploadedFile[] | undefined) ?? []);
    default:
      return readText(field, typeof raw === "string" ? raw : "");
  }
}

function readText(field: FormField, raw: string): Read {
  if (raw.trim() === "") {
    if (!field.required) return { value: undefined };
    return { problem: { code: field.kind === "choice" ? "errorRequiredChoice" : "errorRequired" } };
  }
  if (field.kind === "choice") return { value: field.choices[Number(raw)]?.value };
  if (field.kind === "json") return readJson(raw);
  if (field.kind === "number" || field.kind === "integer") return readNumber(field, raw);
  return checked(raw.length, field.limits, "Length") ?? patterned(raw, field.limits.pattern) ?? { value: raw };
}

function readJson(raw: string): Read {
  try {
    return { value: JSON.parse(raw) as JsonValue };
  } catch (error) {
    return { problem: { code: "errorJson", detail: error instanceof Error ? error.message : String(error) } };
  }
}

/** A comma is a decimal point too: that is how half of the world types. */
function readNumber(field: FormField, raw: string): Read {
  const number = Number(raw.trim().replace(",", "."));
  if (!Number.isFinite(number)) return { problem: { code: "errorNumber" } };
  if (field.kind === "integer" && !Number.isInteger(number)) return { problem: { code: "errorInteger" } };
  const { minimum, maximum } = field.limits;
  if (minimum !== undefined && number < minimum) return { problem: { code: "errorMinimum", limit: minimum } };
  if (maximum !== undefined && number > maximum) return { problem: { code: "errorMaximum", limit: maximum } };
  return { value: number };
}

function readList(field: FormField, list: string[]): Read {
  if (list.length === 0) return field.required ? { problem: { code: "errorRequired" } } : { value: undefined };
  return checked(list.length, field.limits, "Items") ?? { value: list };
}

function readFiles(field: FormField, files: UploadedFile[]): Read {
  if (files.length === 0) return field.required ? { problem: { code: "errorRequired" } } : { value: undefined };
  const values = files.map((file) => fileValue(file, field.files?.describes ?? null));
  if (!field.files?.many) return { value: values[0] };
  return checked(values.length, field.limits, "Items") ?? { value: values };
}

/** The id alone, or the properties that the schema names; `file` and `id` are other names of the id. */
function fileValue(file: UploadedFile, describes: readonly string[] | null): JsonValue {
  if (describes === null) return file.file_id;
  const known: JsonObject = { ...file, file: file.file_id, id: file.file_id };
  return Object.fromEntries(
    describes.filter((name) => Object.hasOwn(known, name)).map((name) => [name, known[name] as JsonValue]),
  );
}

function checked(size: number, limits: FieldLimits, of: "Length" | "Items"): Read | null {
  const least = limits[`min${of}`];
  const most = limits[`max${of}`];
  if (least !== undefined && size < least) return { problem: { code: `errorMin${of}`, limit: least } };
  if (most !== undefined && size > most) return { problem: { code: `errorMax${of}`, limit: most } };
  return null;
}

function patterned(raw: string, pattern: string | undefined): Read | null {
  if (pattern === undefined) return null;
  try {
    return new RegExp(pattern, "u").test(raw) ? null : { problem: { code: "errorPattern", detail: pattern } };
  } catch {
    // Not a pattern that this browser reads: the server decides.
    return null;
  }
}
