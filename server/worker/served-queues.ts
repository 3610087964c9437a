import { ConfigError } from "@/server/config";
import type { TaskSet } from "@/server/tasks/task-set";

/**
 * The tasks that a process serves: all, or those that `WORKER_QUEUES` names by type, alias or pattern (`*` stands for any
 * letters). Throws a ConfigError for a word that no task here answers to: its queue would be served by nobody.
 */
export function servedTasks(tasks: TaskSet, queues: readonly string[] | null): TaskSet {
  if (queues === null) return tasks;
  const patterns = queues.map((word) => ({ word, fits: patternOf(word) }));
  const unknown = patterns.filter(({ fits }) => !tasks.names.some((name) => fits.test(name))).map(({ word }) => word);
  if (unknown.length > 0) throw new ConfigError([`WORKER_QUEUES names ${unknown.join(", ")}: ${known(tasks)}`]);
  const names = tasks.names.filter((name) => patterns.some(({ fits }) => fits.test(name)));
  return { names, find: (name) => (names.includes(name) ? tasks.find(name) : undefined) };
}

function known(tasks: TaskSet): string {
  return `no task here has such a name; there are ${tasks.names.toSorted().join(", ")}`;
}

function patternOf(word: string): RegExp {
  const parts = word.split("*").map((part) => part.replace(/[.\\+?^$()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
