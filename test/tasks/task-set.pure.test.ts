import { describe, expect, it } from "vitest";
import { taskEnvironment } from "@/server/config/task-environment";
import { givenTasks } from "@/server/own-code/given-tasks";
import { taskFunctions } from "@/server/tasks/registry";
import { shippedTasks, TaskSetError, taskSet, tasksInMemory } from "@/server/tasks/task-set";
import { makeFolder } from "@/test/own-code/folder";

const run = async () => ({});

describe("the tasks of a worker", () => {
  it("are found by their name and by the names that they had", () => {
    const tasks = taskSet(shippedTasks({ shrink: { run, aliases: ["resize"] } }));
    expect(tasks.names).toEqual(["shrink", "resize"]);
    expect(tasks.find("resize")).toBe(tasks.find("shrink"));
    expect(tasks.find("resize")).toMatchObject({ name: "shrink", isolation: "thread" });
    expect(tasks.find("grow")).toBeUndefined();
  });

  it("have each name once; who has it is said", () => {
    const both = { shrink: { run, aliases: ["resize"] }, resize: { run } };
    expect(() => taskSet(shippedTasks(both))).toThrow(
      "Two tasks have the name resize: the task shrink, as an alias and the task resize. Give one of them another name",
    );
    const twice = [...shippedTasks({ shrink: { run } }), ...tasksInMemory({ shrink: run })];
    expect(() => taskSet(twice)).toThrow(TaskSetError);
  });

  it("that are in memory run inline, and may ask for nothing else", () => {
    expect(taskSet(tasksInMemory({ shrink: run })).find("shrink")).toMatchObject({ isolation: "inline", code: null });
    const asks = () => taskSet(tasksInMemory({ shrink: { run, isolation: "process" } }));
    expect(asks).toThrow(
      /The task shrink asks for isolation "process", and its function is in memory: give its module/,
    );
  });

  it("that ship have no name twice", () => {
    expect(taskSet(shippedTasks(taskFunctions)).names.length).toBeGreaterThanOrEqual(Object.keys(taskFunctions).length);
  });

  it("may be given by their modules, which are looked at when they are given", async () => {
    const { folder, remove } = makeFolder({
      "shrink.mjs": "export default async () => ({ data: { shrunk: true } }); export const size = 3;",
      "broken.mjs": "throw new Error('no such lens');",
    });
    const module = (name: string) => new URL(`file://${folder}/${name}`);
    const [given] = await givenTasks({ shrink: { module: module("shrink.mjs") } });
    expect(taskSet(given ? [given] : []).find("shrink")).toMatchObject({
      isolation: "thread",
      code: { name: "shrink", module: module("shrink.mjs").href, exportName: "default" },
    });
    const refused = (one: Parameters<typeof givenTasks>[0]) => expect(givenTasks(one)).rejects;
    await refused({ size: { module: module("shrink.mjs"), exportName: "size" } }).toThrow("exports no task as 'size'");
    await refused({ lens: { module: module("broken.mjs") } }).toThrow("task lens does not load: no such lens");
    await refused({ lens: { module: "./lens.js" } }).toThrow("The module of the task lens is no URL");
    remove();
  });

  it("do not see this installation's own secrets in threads and processes", () => {
    const environment = {
      PATH: "/bin",
      WEATHER_TOKEN: "theirs",
      DATABASE_URL: "postgres://ours",
      WORKER_TOKEN: "ours",
    };
    expect(taskEnvironment(environment as never)).toEqual({ PATH: "/bin", WEATHER_TOKEN: "theirs" });
  });
});
