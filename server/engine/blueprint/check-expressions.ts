import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import { edgesOf } from "@/lib/blueprint/edges";
import type { JsonValue } from "@/lib/json";
import { type CompiledExpression, compileExpression, type ExpressionMode } from "../expression/compile-expression";
import { ExpressionError } from "../expression/expression-error";
import { type CompiledTemplate, compileTemplate, expressionsOf } from "../expression/template";
import { walk } from "./check-structure";
import type { ProblemList } from "./problem-list";

/** Text of all expressions of a document: parsing costs up to 20 µs a character. */
const MAX_EXPRESSION_TEXT = 100_000;

/** An expression of a state and where it stands. */
interface Found {
  key: string;
  expression: CompiledExpression;
}

/**
 * Compiles every condition and template, and checks that the names in them are in scope where they stand. `complete`
 * says that all states are there: only then is it known what follows a parallel state.
 */
export function checkExpressions(
  document: Pick<BlueprintDocument, "labels" | "states">,
  complete: boolean,
  problems: ProblemList,
): void {
  const checker = new ExpressionChecker(problems);
  for (const [name, text] of Object.entries(document.labels ?? {})) {
    const found = checker.template(undefined, `labels.${name}`, text);
    checker.refuseNames(
      undefined,
      found,
      ["item", "index", "aggregation_list", "aggregation_results", "error"],
      "at the start of a job",
    );
  }
  const aggregated = statesAfterParallel(document.states);
  for (const [name, state] of Object.entries(document.states)) {
    const { own, branch } = checker.state(name, state);
    checker.refuseNames(name, own, ["item", "index"], "outside of the task of a for_each");
    if (!complete || aggregated.has(name)) continue;
    for (const { key, expression } of [...own, ...branch]) {
      if (!expression.names.has("aggregation_list") && !expression.names.has("aggregation_results")) continue;
      const message = `'${expression.text}' reads the results of a parallel state, but none leads here`;
      problems.inState(name, {
        key,
        message,
        fix: "Make this state the aggregate_into of a parallel state, or place it after one",
        code: "aggregate",
      });
    }
  }
}

class ExpressionChecker {
  private textLeft = MAX_EXPRESSION_TEXT;

  constructor(private readonly problems: ProblemList) {}

  /** Expressions of the state itself, and of the branches that a `for_each` makes. */
  state(name: string, state: BlueprintState): { own: Found[]; branch: Found[] } {
    const template = (key: string, value: JsonValue | undefined) =>
      value === undefined ? [] : this.template(name, key, value);
    switch (state.type) {
      case "handler":
      case "choice":
        return {
          own: (state.cases ?? []).flatMap((one, index) => this.condition(name, `cases[${index}].when`, one.when)),
          branch: [],
        };
      case "set":
        return { own: template("values", state.values), branch: [] };
      case "task":
        return { own: template("params", state.params), branch: [] };
      case "parallel": {
        const tasks = (state.tasks ?? []).flatMap((task, index) => template(`tasks[${index}].params`, task.params));
        if (state.for_each !== undefined) this.wantOneExpression(name, state.for_each);
        return {
          own: [...template("for_each", state.for_each), ...tasks],
          branch: template("task.params", state.task?.params),
        };
      }
      case "approval":
        return { own: template("message", state.message), branch: [] };
      case "child":
        return { own: template("input", state.input), branch: [] };
      case "wait":
        this.wantInstant(name, state.until);
        this.wantNumber(name, state.seconds);
        return { own: [...template("seconds", state.seconds), ...template("until", state.until)], branch: [] };
      case "end":
        return { own: template("result", state.result), branch: [] };
    }
  }

  template(state: string | undefined, key: string, value: JsonValue): Found[] {
    this.spend(state, key, textLength(value));
    if (this.textLeft < 0) return [];
    const compiled: CompiledTemplate = compileTemplate(value, {
      path: key,
      onProblem: (error) => this.report(state, error.path ?? key, error),
    });
    return expressionsOf(compiled).map((expression) => ({ key, expression }));
  }

  condition(state: string, key: string, text: string, mode: ExpressionMode = "condition"): Found[] {
    this.spend(state, key, text.length);
    if (this.textLeft < 0) return [];
    try {
      return [{ key, expression: compileExpression(text, { mode }) }];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.report(state, key, error);
      return [];
    }
  }

  refuseNames(state: string | undefined, found: Found[], names: readonly string[], where: string): void {
    for (const { key, expression } of found) {
      const strange = [...expression.names].find((name) => names.includes(name));
      if (strange === undefined) continue;
      this.problems.add({
        state,
        key,
        message: `'${strange}' is not known ${where}`,
        fix: `Remove '${strange}' from '${expression.text}'`,
        code: "expression",
      });
    }
  }

  private wantOneExpression(state: string, text: string): void {
    if (/^\s*\$\{[\s\S]*\}\s*$/.test(text)) return;
    this.problems.inState(state, {
      key: "for_each",
      message: "for_each must be one expression that gives a list",
      fix: 'Write "${state_history.<key>}"',
      code: "expression",
    });
  }

  private wantInstant(state: string, text: string | undefined): void {
    if (text === undefined || text.includes("${") || !Number.isNaN(Date.parse(text))) return;
    this.problems.inState(state, {
      key: "until",
      message: `'${text.slice(0, 60)}' is no instant`,
      fix: "Write ISO 8601, such as 2026-01-31T12:00:00Z, or ${…}",
      code: "wait",
    });
  }

  private wantNumber(state: string, seconds: string | number | undefined): void {
    if (typeof seconds !== "string" || seconds.includes("${")) return;
    this.problems.inState(state, {
      key: "seconds",
      message: `Expected number, got '${seconds.slice(0, 60)}'`,
      fix: "Write a number, or ${…}",
      code: "wait",
    });
  }

  private spend(state: string | undefined, key: string, length: number): void {
    const before = this.textLeft;
    this.textLeft -= length;
    if (before < 0 || this.textLeft >= 0) return;
    const message = `All expressions of a document together may have ${MAX_EXPRESSION_TEXT} characters`;
    this.problems.add({ state, key, message, fix: "Split the blueprint, or compute in workers", code: "expression" });
  }

  private report(state: string | undefined, key: string, error: ExpressionError): void {
    const shown = error.expression === undefined ? "" : ` in '${error.expression}'`;
    this.problems.add({
      state,
      key,
      message: `${error.message}${shown}`,
      fix: "Correct the expression",
      code: "expression",
    });
  }
}

/** States that a parallel state leads to by its aggregate, directly or further on. */
function statesAfterParallel(states: Record<string, BlueprintState>): Set<string> {
  const edges = new Map(Object.entries(states).map(([name, state]) => [name, edgesOf(state).map((edge) => edge.to)]));
  const targets = Object.values(states).flatMap((state) => {
    if (state.type === "parallel")
      return [state.aggregate_into, ...(state.transitions?.failure ? [state.transitions.failure] : [])];
    // A handler may fan out into any of its targets.
    return state.type === "handler" ? state.to : [];
  });
  return walk(targets, edges);
}

function textLength(value: JsonValue): number {
  if (typeof value === "string") return value.includes("${") ? value.length : 0;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + textLength(member as JsonValue), 0);
}
