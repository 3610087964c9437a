import type { z } from "zod";
import type { ErrorDetail } from "@/lib/api/error";

const KINDS: Readonly<Record<string, string>> = {
  record: "an object",
  object: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** A body may have as many faults as it has room for. */
const MOST_TOLD = 50;
const LONGEST_KEY = 100;

/** What zod found, member by member, in words that say what to send. Words that a schema has of its own stay. */
export function issueDetails(issues: readonly z.core.$ZodIssue[]): ErrorDetail[] {
  return issues.slice(0, MOST_TOLD).flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return { path: pathText(issue.path), message: wordsOf(issue.message) };
    return issue.keys.slice(0, MOST_TOLD).map((key) => ({
      path: pathText([...issue.path, key.slice(0, LONGEST_KEY)]),
      message: "is not taken here; look for a misspelt name, or leave it out",
    }));
  });
}

function wordsOf(said: string): string {
  const [, expected = "", received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(said) ?? [];
  const kind = KINDS[expected];
  if (kind) return received === "undefined" ? `is missing; it must be ${kind}` : `must be ${kind}`;
  const options = /^Invalid option: expected one of (.+)$/.exec(said)?.[1];
  return options ? `must be one of ${options.replaceAll('"', "").split("|").join(", ")}` : said;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}
