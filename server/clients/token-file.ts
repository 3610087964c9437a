import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { findJsonProblem, isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { ConfigError } from "@/server/config";
import { KNOWN_EXAMPLES } from "@/server/config/environment";
import { tokenHash } from "./token-hash";
import { tomlPlaces } from "./toml-places";

/** A table of the file, with what it says and where it stands. */
export interface FileEntry<Settings> {
  name: string;
  settings: Settings;
  tokenHash: Buffer;
  /** `<file>:<line>: [<name>]` */
  place: string;
}

/**
 * Reads a file of tables that each have a `token`. Every fault is found at once and told with file, line and key, never
 * with a value; then a ConfigError is thrown. `variable` names the file in the fault of one that is not there.
 */
export function readTokenFile<Settings extends { token: string }>(
  path: string,
  variable: string,
  schema: z.ZodType<Settings>,
  faultOfName: (name: string) => string | null,
): FileEntry<Settings>[] {
  const text = textOf(path, variable);
  const tables = tablesOf(path, text);
  const lineOf = tomlPlaces(text);
  const faults: string[] = [];
  const entries: FileEntry<Settings>[] = [];
  for (const [name, table] of Object.entries(tables)) {
    const at = (...key: string[]) => `${path}:${lineOf([name, ...key])}: [${shown(name)}]`;
    const nameFault = faultOfName(name);
    if (nameFault !== null) faults.push(`${at()} ${nameFault}`);
    if (!isJsonObject(table)) {
      faults.push(`${at()} must be a table: write [${shown(name)}] on a line of its own, and its keys below`);
      continue;
    }
    const problem = findJsonProblem(table);
    if (problem) faults.push(`${at(...problem.path.split("."))} ${problem.path}: ${problem.message}`);
    const read = schema.safeParse(table);
    if (!read.success) {
      for (const issue of read.error.issues) {
        const key = issue.path.map(String);
        if (issue.code === "unrecognized_keys")
          faults.push(...issue.keys.map((unknown) => `${at(unknown)} ${unknown} is no key of an entry; remove it`));
        else faults.push(`${at(...key)} ${faultText(key, issue.message, table)}`);
      }
      continue;
    }
    if (KNOWN_EXAMPLES.has(read.data.token))
      faults.push(`${at("token")} token is an example from the documentation; choose one of your own`);
    entries.push({ name, settings: read.data, tokenHash: tokenHash(read.data.token), place: at("token") });
  }
  faults.push(...sharedTokens(entries));
  if (faults.length > 0) throw new ConfigError(faults);
  return entries;
}

function textOf(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError([
      `${variable} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    ]);
  }
}

function tablesOf(path: string, text: string): JsonObject {
  try {
    return plain(parse(text, { maxDepth: 60 })) as JsonObject;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What follows the first line is a piece of the file, which is full of secrets.
    const [what] = error.message.split("\n");
    throw new ConfigError([`${path}:${error.line}:${error.column}: ${what?.replace(/^Invalid TOML document: /, "")}`]);
  }
}

/** Dates as ISO texts; all else is JSON already. */
function plain(value: unknown): JsonValue {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function faultText(key: string[], message: string, table: JsonObject): string {
  const [first = ""] = key;
  return Object.hasOwn(table, first) ? `${key.join(".")} ${message}` : `${first} is missing; it ${message}`;
}

function sharedTokens(entries: readonly FileEntry<unknown>[]): string[] {
  const owners = new Map<string, string>();
  const faults: string[] = [];
  for (const { name, place, tokenHash: hash } of entries) {
    const key = hash.toString("base64");
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, name);
    else faults.push(`${place} token is the same as that of [${shown(owner)}]; each needs its own`);
  }
  return faults;
}

function shown(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}
