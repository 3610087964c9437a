import { isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { findJsonProblem, type JsonValue, safeParseJson } from "@/lib/json";
import { findDuplicateKey } from "./duplicate-key";

/** Text that is no usable JSON or YAML. `line` and `column` count from 1, where they are known. */
export class BlueprintSourceError extends Error {
  override readonly name = "BlueprintSourceError";

  constructor(
    message: string,
    readonly fix: string,
    readonly place?: SourcePlace,
  ) {
    super(message);
  }
}

export interface SourcePlace {
  line: number;
  column: number;
}

export const MAX_DOCUMENT_DEPTH = 64;
/** The YAML parser takes seconds for a megabyte; a blueprint larger than this is better sent as JSON. */
const MAX_YAML_LENGTH = 256 * 1024;
/** What aliases may unfold to: a few lines of YAML can otherwise stand for gigabytes. */
const MAX_ALIASES = 100;

/**
 * Reads an uploaded blueprint: YAML when the content type says so, else JSON. Refuses broken text, duplicate keys, deep
 * nesting, prototype keys and NUL characters with a BlueprintSourceError.
 */
export function readBlueprintSource(text: string, contentType: string): JsonValue {
  if (text.includes("\u0000"))
    throw new BlueprintSourceError(
      "The text contains a NUL character",
      "Remove it",
      placeOf(text, text.indexOf("\u0000")),
    );
  if (text.trim() === "") throw new BlueprintSourceError("The document is empty", "Send a blueprint as JSON or YAML");
  const value = /ya?ml/i.test(contentType) ? readYaml(text) : readJson(text);
  const problem = findJsonProblem(value, { maxDepth: MAX_DOCUMENT_DEPTH });
  if (problem)
    throw new BlueprintSourceError(
      `${problem.message}${problem.path && ` at '${problem.path}'`}`,
      "Change or remove that part",
    );
  return value;
}

function readJson(text: string): JsonValue {
  const parsed = safeParseJson(text, { maxDepth: MAX_DOCUMENT_DEPTH });
  if (parsed.ok) {
    const duplicate = findDuplicateKey(text);
    if (duplicate >= 0) throw duplicateKey(placeOf(text, duplicate));
    return parsed.value;
  }
  const { message, path } = parsed.problem;
  if (!message.startsWith("Not valid JSON"))
    throw new BlueprintSourceError(`${message} at '${path}'`, "Change or remove that part");
  const position = /position (\d+)/.exec(message)?.[1];
  const place = position === undefined ? undefined : placeOf(text, Number(position));
  throw new BlueprintSourceError(message, "Mend the JSON, or send YAML with Content-Type: application/yaml", place);
}

function readYaml(text: string): JsonValue {
  if (text.length > MAX_YAML_LENGTH) {
    throw new BlueprintSourceError(`The YAML is longer than ${MAX_YAML_LENGTH} characters`, "Send it as JSON");
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "silent",
      merge: false,
      schema: "core",
      // The library compares every pair of keys; `checkNodes` does the same in one pass.
      uniqueKeys: false,
    });
    const [fault] = document.errors;
    if (fault) throw brokenYaml(fault.message, placeAt(lines, fault.pos[0]));
    checkNodes(document, lines);
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as JsonValue;
  } catch (error) {
    if (error instanceof BlueprintSourceError) throw error;
    if (error instanceof RangeError) {
      throw new BlueprintSourceError("The YAML is nested too deeply", `Nest ${MAX_DOCUMENT_DEPTH} levels at most`);
    }
    throw new BlueprintSourceError(
      `Not usable YAML: ${(error as Error).message}`,
      "Write repeated parts out instead of using aliases",
    );
  }
}

/** Keys must be texts that stand once, and tags must not make values that are not JSON (`!!binary`, `!!set`). */
function checkNodes(document: ReturnType<typeof parseDocument>, lines: LineCounter): void {
  visit(document, {
    Node(_key, node, path) {
      if (path.length > 2 * MAX_DOCUMENT_DEPTH + 2) throw new RangeError("nested too deeply");
      const start = "range" in node && Array.isArray(node.range) ? (node.range[0] as number) : 0;
      if (
        "tag" in node &&
        typeof node.tag === "string" &&
        !/^tag:yaml\.org,2002:(map|seq|str|int|float|bool|null)$/.test(node.tag)
      ) {
        throw brokenYaml(`the tag '${node.tag}' is not allowed`, placeAt(lines, start));
      }
      if (!isMap(node)) return;
      const keys = new Set<string>();
      for (const { key } of node.items) {
        if (!isScalar(key)) throw brokenYaml("a key must be a text", placeAt(lines, start));
        const name = String(key.value);
        if (keys.has(name)) throw duplicateKey(placeAt(lines, key.range?.[0] ?? start));
        keys.add(name);
      }
    },
  });
}

function brokenYaml(message: string, place: SourcePlace): BlueprintSourceError {
  return new BlueprintSourceError(
    `Not valid YAML at line ${place.line}, column ${place.column}: ${message}`,
    "Mend that line",
    place,
  );
}

function duplicateKey(place: SourcePlace): BlueprintSourceError {
  return new BlueprintSourceError(
    `The key at line ${place.line}, column ${place.column} stands twice`,
    "Keep one of the two",
    place,
  );
}

function placeAt(lines: LineCounter, offset: number): SourcePlace {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function placeOf(text: string, offset: number): SourcePlace {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
