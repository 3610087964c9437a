import { pathToFileURL } from "node:url";
import { builtEntry } from "@/server/built-entry";

/** The tasks as a built program has them: Node imports them in threads and processes without any loader. */
export async function loadTasks(): Promise<typeof import("./tasks")> {
  const source = "test/worker/bridge/sync-tasks/tasks.ts";
  const path = builtEntry({ file: "bridge-test-tasks.js", source, from: import.meta.url });
  return (await import(pathToFileURL(path).href)) as typeof import("./tasks");
}
