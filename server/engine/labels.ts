import type { CompiledBlueprint } from "./blueprint/compile";
import type { Surroundings } from "./change";
import { ExpressionError } from "./expression/expression-error";
import { evaluateTemplate } from "./expression/template";
import type { Job } from "./job";
import { scopeOf } from "./scope";

const MAX_LABEL_CHARS = 256;

/** The labels of a job that begins. One whose value is missing is left out: a filter finds nothing there, and the job runs. */
export function labelsOf(job: Job, blueprint: CompiledBlueprint, around: Surroundings): Record<string, string> | null {
  if (blueprint.labels.length === 0) return null;
  const scope = scopeOf(job, around);
  const labels: Record<string, string> = {};
  for (const [name, template] of blueprint.labels) {
    try {
      const value = evaluateTemplate(template, scope);
      if (value === null) continue;
      labels[name] = (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_LABEL_CHARS);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  return Object.keys(labels).length === 0 ? null : labels;
}
