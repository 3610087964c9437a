import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import { makeFolder } from "@/test/own-code/folder";
import type { System } from "@/test/support/system";

const bridge = pathToFileURL(join(import.meta.dirname, "../../dist/bridge.js")).href;

/** A folder for `BLUEPRINTS_DIR`: the handler of its blueprint blocks the thread that it runs in. */
export function blockingBlueprint(): { folder: string; remove(): void } {
  return makeFolder({
    "blocking.js": `
import { defineBlueprint, end, handlersFor } from "batuta";

// The bridge of the build, not a copy of it in here.
const address = ${JSON.stringify(bridge)};
const { handler } = handlersFor();

export const blocking = defineBlueprint({
  name: "blocking",
  states: {
    work: handler({ to: ["done"], retry: { maxAttempts: 1 } }, async ({ actions }) => {
      const { defineTask, runAsyncTask } = await import(address);
      runAsyncTask(defineTask({ name: "nothing", module: import.meta.url, run: async () => 1 }), null);
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success" }),
  },
});
`,
  });
}

/** The web process of a system with that folder refuses to be blocked. */
export async function expectBlockingRefused(system: System): Promise<void> {
  const { error } = await system.untilJob(await system.startJob("blocking", {}), "quarantined", "finished");
  expect(error?.message).toContain('The thread "web" may not wait');
}
