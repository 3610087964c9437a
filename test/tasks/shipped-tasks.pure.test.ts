import { expect, test } from "vitest";
import { SHIPPED_TASKS } from "@/server/jobs/shipped-tasks";
import { asDeclared } from "@/server/tasks/declare-task";
import { taskFunctions } from "@/server/tasks/registry";

test("the names of the shipped tasks, old ones too, are those of the registry", () => {
  const names = Object.entries(taskFunctions).map(([name, task]) => [name, [...(asDeclared(task).aliases ?? [])]]);
  expect(SHIPPED_TASKS).toEqual(Object.fromEntries(names));
});
