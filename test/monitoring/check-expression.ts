import type { Family } from "@/test/support/metric-registries";
import { type Expression, parsePromql } from "./promql";

/** Labels that Prometheus itself puts on what it scrapes. */
const TARGET = ["job", "instance"];
const UP: Family = { name: "up", type: "gauge", labels: [] };

/** What is wrong with an expression, and the labels that its result has. */
export interface Checked {
  problems: string[];
  labels: string[];
}

/** Whether an expression can be read, and asks only for metrics and labels that are exported. */
export function checkExpression(text: string, families: ReadonlyMap<string, Family>): Checked {
  const problems: string[] = [];
  try {
    const labels = labelsOf(parsePromql(text), families, problems);
    return { problems, labels };
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)], labels: [] };
  }
}

function labelsOf(expression: Expression, families: ReadonlyMap<string, Family>, problems: string[]): string[] {
  const below = (inner: Expression) => labelsOf(inner, families, problems);
  const need = (labels: readonly string[], there: readonly string[], where: string) => {
    for (const label of labels) if (!there.includes(label)) problems.push(`${where} has no label ${label}`);
  };
  switch (expression.kind) {
    case "number":
    case "string":
      return [];
    case "selector": {
      const there = seriesLabels(expression.metric, families);
      if (there === null) {
        problems.push(`${expression.metric} is not exported`);
        return [];
      }
      const asked = expression.matchers.map(({ label }) => label);
      need(asked, there, expression.metric);
      return there;
    }
    case "call": {
      const [labels = []] = expression.args.map(below).filter((each) => each.length > 0);
      if (expression.name === "absent") return absentLabels(expression.args[0]);
      if (expression.name !== "histogram_quantile") return labels;
      need(["le"], labels, "what histogram_quantile is given");
      return labels.filter((label) => label !== "le");
    }
    case "aggregate": {
      const labels = expression.args.flatMap(below);
      const { by, without } = expression;
      need(by ?? without ?? [], labels, `what ${expression.name} is given`);
      if (without) return labels.filter((label) => !without.includes(label));
      return by ?? [];
    }
    case "binary": {
      const [left, right] = [below(expression.left), below(expression.right)];
      const { on, operator } = expression;
      need(on ?? [], left, `the left of ${operator}`);
      need(on ?? [], right, `the right of ${operator}`);
      return operator === "or" || left.length === 0 ? [...new Set([...left, ...right])] : left;
    }
  }
}

/** The labels of a series by this name; null: there is none. A histogram has three kinds of series, and none by its own name. */
function seriesLabels(metric: string, families: ReadonlyMap<string, Family>): string[] | null {
  const family = metric === UP.name ? UP : families.get(metric);
  if (family) return family.type === "histogram" ? null : [...TARGET, ...family.labels];
  const [, name = "", part] = /^(.*)_(bucket|sum|count)$/.exec(metric) ?? [];
  const histogram = families.get(name);
  if (histogram?.type !== "histogram") return null;
  return [...TARGET, ...histogram.labels, ...(part === "bucket" ? ["le"] : [])];
}

/** `absent` knows the labels that it was asked for by one value. */
function absentLabels(asked: Expression | undefined): string[] {
  return asked?.kind === "selector" ? asked.matchers.map(({ label }) => label) : [];
}
