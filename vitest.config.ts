import { defineConfig } from "vitest/config";
import SlowFirst from "./test/support/slow-first";

/** Tests that need no server, no browser and no build: `npm run check` runs these alone. */
const pure = [
  "test/{engine,lib,types,components,i18n}/**/*.test.{ts,tsx}",
  "test/*.test.ts",
  "test/**/*.pure.test.{ts,tsx}",
];
const browser = ["test/browser/**/*.test.ts"];

export default defineConfig({
  resolve: { alias: { "@": import.meta.dirname } },
  test: {
    pool: "forks",
    // Most of the time goes into waiting for real servers; one worker per spare core would wait in turn.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
    projects: [
      // They share no state, so a process for each would only cost time.
      { extends: true, test: { name: "pure", include: pure, isolate: false, testTimeout: 20_000 } },
      {
        extends: true,
        test: {
          name: "servers",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: [...pure, ...browser, "test/faults/**", "test/bench/**"],
          // Each takes a database and a key prefix of its own. Loading every module anew for each file took 1.5 s of CPU.
          isolate: false,
          globalSetup: ["test/support/servers-setup.ts"],
          // Tests wait for what must come; how long that takes on a busy machine is no fault.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: browser,
          globalSetup: ["test/support/servers-setup.ts", "test/support/browser-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
});
