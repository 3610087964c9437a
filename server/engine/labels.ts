import { SPREAD_LABELS } from "@/lib/blueprint/names";
import { isJsonObject, isPrototypeKey, type JsonValue } from "@/lib/json";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Surroundings } from "./change";
import { ExpressionError } from "./expression/expression-error";
import { evaluateTemplate } from "./expression/template";
import type { Job } from "./job";
import { scopeOf } from "./scope";

const MAX_LABEL_CHARS = 256;
const MAX_KEY_CHARS = 128;
const MOST_SPREAD = 20;

/** The labels of a job that begins. One whose value is missing is left out: a filter finds nothing there, and the job runs. */
export function labelsOf(job: Job, blueprint: CompiledBlueprint, around: Surroundings): Record<string, string> | null {
  if (blueprint.labels.length === 0) return null;
  const scope = scopeOf(job, around);
  const labels: Record<string, string> = {};
  for (const [name, template] of blueprint.labels) {
    try {
      const value = evaluateTemplate(template, scope);
      if (value === null) continue;
      if (name === SPREAD_LABELS) Object.assign(labels, spread(value));
      else labels[name] = labelText(value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  return Object.keys(labels).length === 0 ? null : labels;
}

function labelText(value: JsonValue): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_LABEL_CHARS);
}

/** The members of an object as labels of their own; of anything else, none. */
function spread(value: JsonValue): Record<string, string> {
  if (!isJsonObject(value)) return {};
  const members = Object.entries(value).filter(
    ([key, member]) => member !== null && key !== "" && key.length <= MAX_KEY_CHARS && !isPrototypeKey(key),
  );
  return Object.fromEntries(members.slice(0, MOST_SPREAD).map(([key, member]) => [key, labelText(member)]));
}
