import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { RESERVED_BLUEPRINT_NAMES } from "@/lib/blueprint/names";
import { blueprintDocument, blueprintState } from "@/lib/blueprint/schema/document-schema";
import { findJsonProblem, isJsonObject, type JsonObject } from "@/lib/json";
import { checkExpressions } from "./check-expressions";
import { checkSchemas } from "./check-schemas";
import { checkState } from "./check-states";
import { checkReachability, checkStart, checkTargets } from "./check-structure";
import type { BlueprintProblem } from "./problem";
import { ProblemList } from "./problem-list";
import { addShapeProblems } from "./shape-problems";
import { MAX_DOCUMENT_DEPTH } from "./source";

export type { BlueprintProblem } from "./problem";

export type ParsedBlueprint = { ok: true; document: BlueprintDocument } | { ok: false; problems: BlueprintProblem[] };

export interface ParseOptions {
  /** True for blueprints written in TypeScript: uploads may not name code. */
  allowHandlers: boolean;
  /** The name that the document must have: the one in the URL. A document without a name gets it. */
  name?: string;
}

/**
 * Checks a whole document and lists every fault at once: shape, names, start, targets, reachability, expressions, JSON
 * Schemas. A state with a fault of shape is left out of what depends on its shape. Never throws for bad input.
 */
export function parseBlueprint(input: unknown, options: ParseOptions): ParsedBlueprint {
  const given = named(input, options.name);
  const name = isJsonObject(given) && typeof given.name === "string" ? given.name.slice(0, 128) : (options.name ?? "");
  const problems = new ProblemList(name);
  const unsafe = findJsonProblem(given, { maxDepth: MAX_DOCUMENT_DEPTH });
  if (unsafe) {
    problems.add({ key: unsafe.path, message: unsafe.message, fix: "Change or remove that part", code: "unsafe_json" });
    return { ok: false, problems: problems.all };
  }
  if (!isJsonObject(given)) {
    problems.add({
      key: "",
      message: "The document is no object",
      fix: "Send an object with name and states",
      code: "schema",
    });
    return { ok: false, problems: problems.all };
  }
  const shape = blueprintDocument.safeParse(given);
  const faulty = shape.success ? new Set<string>() : addShapeProblems(given, shape.error.issues, problems);
  checkName(name, options.name, problems);
  checkMeaning(given, faulty, options, problems);
  if (problems.all.length > 0 || !shape.success) return { ok: false, problems: problems.all };
  return { ok: true, document: shape.data };
}

/** What the document means, as far as its shape is sound. */
function checkMeaning(
  given: Record<string, unknown>,
  faulty: ReadonlySet<string>,
  options: ParseOptions,
  problems: ProblemList,
): void {
  const raw = isJsonObject(given.states) ? given.states : {};
  const names = Object.keys(raw);
  if (isJsonObject(given.states) && names.length === 0) {
    problems.add({
      key: "states",
      message: "The document has no states",
      fix: "Add a state that starts and one that ends",
      code: "start",
    });
  }
  const sound: Record<string, BlueprintState> = {};
  for (const name of names) {
    const state = blueprintState.safeParse(raw[name]);
    if (state.success) sound[name] = state.data;
  }
  const start = startOf(raw, sound, problems);
  const complete = faulty.size === 0 && Object.keys(sound).length === names.length;
  for (const [name, state] of Object.entries(sound)) checkState(name, state, options.allowHandlers, problems);
  const targetsExist = checkTargets(sound, names, problems);
  if (complete && targetsExist && start !== undefined) checkReachability(sound, start, problems);
  checkExpressions({ labels: textsOf(given.labels), states: sound }, complete, problems);
  checkSchemas(
    { input_schema: objectOf(given.input_schema), output_schema: objectOf(given.output_schema), states: sound },
    problems,
  );
}

function objectOf(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function textsOf(labels: unknown): Record<string, string> {
  const entries = Object.entries(objectOf(labels) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}

/** Counts a start in a state that has other faults too: it would otherwise be reported as missing. */
function startOf(
  raw: Record<string, unknown>,
  sound: Record<string, BlueprintState>,
  problems: ProblemList,
): string | undefined {
  const broken = Object.keys(raw).filter((name) => !Object.hasOwn(sound, name));
  if (Object.keys(raw).length === 0) return undefined;
  const startsBroken = broken.some((name) => (raw[name] as { start?: unknown } | null)?.start === true);
  return startsBroken ? undefined : checkStart(sound, problems);
}

function checkName(name: string, wanted: string | undefined, problems: ProblemList): void {
  if (RESERVED_BLUEPRINT_NAMES.includes(name)) {
    problems.add({ key: "name", message: `'${name}' is a word of the API`, fix: "Choose another name", code: "name" });
  }
  if (wanted !== undefined && wanted !== name) {
    problems.add({
      key: "name",
      message: `The document is named '${name}', but sent as '${wanted}'`,
      fix: "Make the two equal",
      code: "name",
    });
  }
}

function named(input: unknown, name: string | undefined): unknown {
  if (name === undefined || !isJsonObject(input) || Object.hasOwn(input, "name")) return input;
  return { name, ...input };
}
