import { getAt } from "@/lib/form/field-path";
import { fieldsOf, formOf } from "@/lib/form/schema-fields";
import type { JsonObject } from "@/lib/json";

/**
 * The values that go with a decision: none where nothing is asked, and none with a refusal whose form was left
 * incomplete, since a refusal needs no filled-in form.
 */
export function completeValues(form: JsonObject | null, values: JsonObject, decision: string): JsonObject | undefined {
  if (!form) return undefined;
  if (decision !== "rejected") return values;
  const missing = fieldsOf(formOf(form)).some((field) => field.required && getAt(values, field.path) === undefined);
  return missing ? undefined : values;
}
