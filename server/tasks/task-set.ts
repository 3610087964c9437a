import { asDeclared, type DeclaredTask } from "@/server/tasks/declare-task";
import type { TaskFunction } from "@/server/tasks/task-function";
import type { TaskCode } from "@/server/worker/bridge/executor";
import type { Isolation } from "@/server/worker/bridge/isolation";

/** A task type as a worker has it. */
export interface KnownTask {
  /** The name that it is registered under, whatever name it was asked for by. */
  name: string;
  declared: DeclaredTask;
  isolation: Isolation;
  /** Where threads and processes find it; null: it is in the memory of this process only. */
  code: TaskCode | null;
}

/** The task types of a worker, by every name that they are known by. */
export interface TaskSet {
  /** Names and aliases: what jobs may ask for. */
  readonly names: readonly string[];
  find(name: string): KnownTask | undefined;
}

/** Something is wrong with what tasks were given; the message names it and the fix. */
export class TaskSetError extends Error {
  override readonly name = "TaskSetError";
}

/** A task with where its code is. */
export interface PlacedTask {
  name: string;
  task: TaskFunction | DeclaredTask;
  code: TaskCode | null;
}

/** Tasks that every bundle of this product has, known in threads and processes by their name. */
export function shippedTasks(tasks: Readonly<Record<string, DeclaredTask>>): PlacedTask[] {
  return Object.entries(tasks).map(([name, task]) => ({ name, task, code: { name, module: null, exportName: null } }));
}

/** Functions that were given in memory: they cannot travel, and run beside the worker's own work. */
export function tasksInMemory(tasks: Readonly<Record<string, TaskFunction | DeclaredTask>>): PlacedTask[] {
  return Object.entries(tasks).map(([name, task]) => ({ name, task, code: null }));
}

/** Throws a TaskSetError for a name that two of them have, and for an isolation that a task in memory cannot have. */
export function taskSet(tasks: readonly PlacedTask[]): TaskSet {
  const byName = new Map<string, KnownTask>();
  for (const { name, task, code } of tasks) {
    const declared = asDeclared(task);
    const known: KnownTask = { name, declared, isolation: isolationOf(name, declared, code), code };
    for (const each of [name, ...(declared.aliases ?? [])]) {
      const other = byName.get(each);
      if (other) throw new TaskSetError(clash(each, other.name, name));
      byName.set(each, known);
    }
  }
  return { names: [...byName.keys()], find: (name) => byName.get(name) };
}

function isolationOf(name: string, { isolation }: DeclaredTask, code: TaskCode | null): Isolation {
  if (code !== null) return isolation ?? "thread";
  if (isolation === undefined || isolation === "inline") return "inline";
  throw new TaskSetError(
    `The task ${name} asks for isolation "${isolation}", and its function is in memory: ` +
      "give its module instead, or put it into the folder that tasksDir names",
  );
}

function clash(each: string, first: string, second: string): string {
  const whose = (name: string) => (name === each ? `the task ${name}` : `the task ${name}, as an alias`);
  return `Two tasks have the name ${each}: ${whose(first)} and ${whose(second)}. Give one of them another name`;
}
