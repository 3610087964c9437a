import type { JsonObject, JsonValue } from "@/lib/json";

/** What an expression can read. Plain JSON; it is converted piece by piece, only where an expression looks. */
export interface ExpressionScope {
  job_id: string;
  initial_data: JsonObject;
  state_history: JsonObject;
  /** Results of the last fan-out by task id. */
  aggregation_results?: JsonObject;
  /** The same in order of the branches: `{status, data, error}` each. */
  aggregation_list?: JsonValue[];
  client?: JsonObject;
  /** In the task of a `for_each`. */
  item?: JsonValue;
  index?: number;
  /** After a failure: `{code, message}`. */
  error?: JsonValue;
  /** The database's clock, in milliseconds since the epoch; an expression sees a timestamp. */
  now: number;
}

export type ScopeName = keyof ExpressionScope;

export const SCOPE_NAMES: readonly ScopeName[] = [
  "job_id",
  "initial_data",
  "state_history",
  "aggregation_results",
  "aggregation_list",
  "client",
  "item",
  "index",
  "error",
  "now",
];

export function isScopeName(name: string): name is ScopeName {
  return (SCOPE_NAMES as readonly string[]).includes(name);
}
