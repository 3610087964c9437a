export type ProblemCode =
  | "schema"
  | "unknown_key"
  | "name"
  | "start"
  | "unknown_target"
  | "unreachable"
  | "no_end"
  | "aggregate"
  | "expression"
  | "json_schema"
  | "endpoint"
  | "choice"
  | "handler"
  | "wait"
  | "parallel"
  | "approval"
  | "unsafe_json";

/** One fault of a blueprint: where it is, what is wrong, and what to do. */
export interface BlueprintProblem {
  /** The blueprint's name; empty when it has none. */
  blueprint: string;
  state?: string;
  /** Path within the state, or within the document when there is no state: `cases[0].when`. */
  key: string;
  message: string;
  fix: string;
  code: ProblemCode;
}

/** One line per problem, for logs and error messages. */
export function problemList(problems: readonly BlueprintProblem[]): string {
  return problems.map((problem) => `- ${placeOf(problem)}: ${problem.message}. ${problem.fix}.`).join("\n");
}

function placeOf(problem: BlueprintProblem): string {
  const parts = [problem.state && `state '${problem.state}'`, problem.key && `key '${problem.key}'`].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : "document";
}
