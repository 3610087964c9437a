import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundleOptions } from "@/server/local/build";
import { NO_PLANT, type Patch, PLANTS, SHORT_WAITS } from "./plants";

const root = join(import.meta.dirname, "../..");

/** Files of the product that have another one in their place, by path. */
const REPLACED: Record<string, string> = {
  "server/fault-point.ts": "test/faults/bundle/armed-fault-point.ts",
  "server/tasks/registry.ts": "test/faults/bundle/fault-tasks.ts",
  "server/blueprints/shipped.ts": "test/faults/bundle/fault-blueprints.ts",
};

/** What the worker's threads and processes run. */
export const SLOT_FILE = "task-slot.js";

export interface FaultBundles {
  server: string;
  worker: string;
  remote: string;
}

/**
 * Bundles the product as it is built for use, with the named places armed, the run's own tasks and blueprints, and with
 * a bug when one is named. They lie in `dist/faults/`, apart from those that are used.
 */
export async function buildFaultBundles(plant: string): Promise<FaultBundles> {
  const folder = join(root, "dist", "faults", plant);
  const patches = [...SHORT_WAITS, ...(plant === NO_PLANT ? [] : (PLANTS[plant]?.patches ?? unknownPlant(plant)))];
  const bundles: FaultBundles = {
    server: join(folder, "server.js"),
    worker: join(folder, "worker.js"),
    remote: join(folder, "remote.js"),
  };
  const used = new Set<Patch>();
  const entries = [
    ["server/main.ts", bundles.server],
    ["server/worker/main.ts", bundles.worker],
    // The worker looks for it beside itself.
    ["server/worker/slot/main.ts", join(folder, SLOT_FILE)],
    ["test/faults/bundle/remote-worker.ts", bundles.remote],
  ] as const;
  for (const [entry, outfile] of entries) {
    const options = bundleOptions(root, entry);
    await build({ ...options, outfile, plugins: [substitution(patches, used)], sourcemap: false });
  }
  const unused = patches.filter((patch) => !used.has(patch));
  if (unused.length > 0) throw new Error(`no bundle holds ${unused.map(({ file }) => file).join(", ")}`);
  return bundles;
}

function unknownPlant(name: string): never {
  throw new Error(`There is no planted bug "${name}". There are: ${[...Object.keys(PLANTS), NO_PLANT].join(", ")}.`);
}

function substitution(patches: Patch[], used: Set<Patch>): Plugin {
  return {
    name: "faults",
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = path.slice(root.length + 1);
        const other = REPLACED[file];
        if (other)
          return { contents: readFileSync(join(root, other), "utf8"), loader: "ts", resolveDir: folderOf(other) };
        const mine = patches.filter((patch) => patch.file === file);
        if (mine.length === 0) return undefined;
        return {
          contents: mine.reduce((text, patch) => patched(text, patch, used), readFileSync(path, "utf8")),
          loader: "ts",
        };
      });
    },
  };
}

function folderOf(file: string): string {
  return join(root, file, "..");
}

function patched(text: string, patch: Patch, used: Set<Patch>): string {
  const pieces = text.split(patch.find);
  if (pieces.length !== 2) {
    throw new Error(
      `${patch.file} has ${pieces.length - 1} places that read\n${patch.find}\nMend test/faults/plants.ts.`,
    );
  }
  used.add(patch);
  return pieces.join(patch.replace);
}
