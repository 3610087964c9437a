import type { z } from "zod";
import { blueprintDocument, blueprintState } from "@/lib/blueprint/schema/document-schema";
import { nearest } from "./did-you-mean";
import type { ProblemList } from "./problem-list";

type Issue = z.core.$ZodIssue;

const STATE_KEYS = new Map<string, string[]>(
  blueprintState.options.map((option) => [option.shape.type.value, Object.keys(option.shape)]),
);
const DOCUMENT_KEYS = Object.keys(blueprintDocument.shape);

/** Adds what the schema found, in words: path, what is wrong, what to do. Returns the states that have a fault. */
export function addShapeProblems(input: unknown, issues: readonly Issue[], problems: ProblemList): Set<string> {
  const faulty = new Set<string>();
  for (const issue of issues.flatMap(flatten)) {
    const inState = issue.path[0] === "states" && issue.path.length > 1;
    const state = inState ? String(issue.path[1]) : undefined;
    if (state !== undefined) faulty.add(state);
    const path = inState ? issue.path.slice(2) : issue.path;
    const stateType = state === undefined ? undefined : typeOf(input, state);
    if (issue.code === "unrecognized_keys") addUnknownKeys(issue.keys, path, state, stateType, problems);
    else problems.add({ state, key: keyPath(path), ...wording(issue, valueAt(input, issue.path)), code: "schema" });
  }
  return faulty;
}

/** `cases[0].when` */
export function keyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** A fault of a record's key stands one level above, with the reason inside. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== "invalid_key") return [issue];
  return issue.issues.map((inner) => ({ ...inner, path: issue.path, message: `The name ${inner.message}` }) as Issue);
}

function addUnknownKeys(
  keys: string[],
  path: readonly PropertyKey[],
  state: string | undefined,
  stateType: string | undefined,
  problems: ProblemList,
): void {
  const known = path.length > 0 ? [] : state === undefined ? DOCUMENT_KEYS : (STATE_KEYS.get(stateType ?? "") ?? []);
  for (const key of keys) {
    const meant = problems.meant(key, known);
    const fix = meant
      ? `Did you mean '${meant}'?`
      : known.length > 0
        ? `Remove it; known are: ${known.join(", ")}`
        : "Remove it";
    const what =
      stateType && path.length === 0 ? `Unknown key '${key}' in a state of type ${stateType}` : `Unknown key '${key}'`;
    problems.add({ state, key: keyPath([...path, key]), message: what, fix, code: "unknown_key" });
  }
}

function wording(issue: Issue, value: unknown): { message: string; fix: string } {
  if (value === undefined && (issue.code === "invalid_type" || issue.code === "invalid_union")) {
    const last = String(issue.path.at(-1) ?? "document");
    return { message: `Missing required field: '${last}'`, fix: `Add '${last}'${expected(issue)}` };
  }
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") {
    const types = [...STATE_KEYS.keys()];
    const meant = typeof value === "string" ? nearest(value, types) : undefined;
    const hint = meant ? `Did you mean '${meant}'? ` : "";
    return { message: `Unknown type of state ${shown(value)}`, fix: `${hint}Use one of: ${types.join(", ")}` };
  }
  if (issue.code === "invalid_type")
    return { message: `Expected ${issue.expected}, got ${kindOf(value)}`, fix: `Give ${issue.expected}` };
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map(String).join(", ");
    return {
      message: `Value ${shown(value)} is not allowed. Must be one of: ${allowed}`,
      fix: `Use one of: ${allowed}`,
    };
  }
  return { message: `Value ${shown(value)}: ${issue.message}`, fix: "Change the value" };
}

function expected(issue: Issue): string {
  return issue.code === "invalid_type" ? ` (${issue.expected})` : "";
}

function typeOf(input: unknown, state: string): string | undefined {
  const type = valueAt(input, ["states", state, "type"]);
  return typeof type === "string" ? type : undefined;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? `'${value}'` : (JSON.stringify(value) ?? "undefined");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
