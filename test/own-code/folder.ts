import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder with these files, and one for what is built from them. */
export function makeFolder(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), "batuta-own-"));
  const folder = join(root, "code");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder, cacheFolder: join(root, "cache"), remove: () => rmSync(root, { recursive: true, force: true }) };
}

export const GREETING_BLUEPRINT = `
import { defineBlueprint, end, handlersFor } from "batuta";
import { words } from "./_words";

const { handler } = handlersFor<{ input: { name: string }; dataStores: { words: typeof words } }>();

export const greeting = defineBlueprint({
  name: "greeting",
  dataStores: { words },
  states: {
    ask: handler({ to: ["done", "failed"] }, ({ actions, initialData, dataStores }) =>
      actions.dispatchTask({
        taskType: "greet",
        params: { text: dataStores.words.hello + " " + initialData.name },
        transitions: { success: "done", failure: "failed" },
      }),
    ),
    done: end({ outcome: "success" }),
    failed: end({ outcome: "failure" }),
  },
});
`;
export const GREETING_WORDS = `
export const words = { hello: "Hello", closed: 0, close() { words.closed += 1; } };
`;
export const GREET_TASK = `
import { TaskError } from "batuta";

export async function greet({ text }: { text: string }) {
  if (text.includes("nobody")) throw new TaskError("PERMANENT_ERROR", "there is nobody to greet");
  return { data: { greeted: text } };
}
`;
export const PLAIN_YAML = `
states:
  wait: { type: set, start: true, values: { a: "\${1 + 1}" }, to: done }
  done: { type: end, outcome: success }
`;
