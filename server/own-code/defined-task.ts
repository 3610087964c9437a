import type { TaskFunction } from "@/server/tasks/task-function";
import type { DefinedTask } from "./authoring";

/** What an export declares: a function by itself has the given name; null: it is no task. */
export function definedTask(value: unknown, name: string): DefinedTask | null {
  if (typeof value === "function") return { taskType: name, run: value as TaskFunction };
  if (typeof value !== "object" || value === null) return null;
  const { taskType, run } = value as Partial<DefinedTask>;
  return typeof taskType === "string" && typeof run === "function" ? (value as DefinedTask) : null;
}
