import { mkdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale } from "@/server/local/build";
import { explainSystemError, SetupError } from "@/server/local/setup-error";
import { benchBacklog } from "@/test/bench/backlog-bench";
import { type BenchSystem, startBenchSystem } from "@/test/bench/bench-system";
import { benchChain } from "@/test/bench/chain-bench";
import { benchDispatch } from "@/test/bench/dispatch-bench";
import { benchFanOut } from "@/test/bench/fan-out-bench";
import { type Figure, figureLine, figureTable, isMet } from "@/test/bench/figure";
import { benchLatency } from "@/test/bench/latency-bench";
import { benchPolls } from "@/test/bench/polls-bench";
import { benchRemote } from "@/test/bench/remote-bench";
import { removeAbandonedRunFolders } from "@/test/support/run-folder";

// `npm run bench`: see docs/benchmarks.md.

interface BenchOptions {
  quick: boolean;
  rounds: number;
  say: (line: string) => void;
}

const BENCHES: { ids: string[]; run: (system: BenchSystem, options: BenchOptions) => Promise<Figure[]> }[] = [
  { ids: ["P1", "P2", "P3", "W1"], run: benchChain },
  { ids: ["P4", "W2"], run: benchFanOut },
  { ids: ["P5", "W3"], run: benchLatency },
  { ids: ["P7", "W5"], run: benchBacklog },
  { ids: ["P8"], run: benchRemote },
  { ids: ["P8", "POLLS"], run: benchPolls },
  { ids: ["P8", "DISPATCH"], run: benchDispatch },
];

function conditions(): string {
  const { model = "unknown processor" } = cpus()[0] ?? {};
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${memory} GB, node ${process.version}, CPU pressure ${pressure()}`;
}

/** Share of the last minute in which something waited for a processor: how much the machine was shared. */
function pressure(): string {
  try {
    const share = /some .*avg60=([\d.]+)/.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1];
    return share === undefined ? "unknown" : `${share} %`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "unknown";
    throw error;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      profile: { type: "string" },
    },
  });
  const only = values.only?.flatMap((one) => one.toUpperCase().split(","));
  const known = new Set(BENCHES.flatMap(({ ids }) => ids));
  const unknown = only?.find((id) => !known.has(id));
  if (unknown) throw new SetupError(`There is no figure ${unknown}.`, `Known are ${[...known].join(", ")}.`);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new SetupError("--rounds is not a whole number.", "Try 3.");
  const profileFolder = values.profile ? resolve(values.profile) : undefined;
  if (profileFolder) mkdirSync(profileFolder, { recursive: true });
  const say = (line: string) => console.error(line);
  await removeAbandonedRunFolders();
  await buildIfStale(process.cwd(), say);
  say(conditions());
  const figures: Figure[] = [];
  for (const { ids, run } of BENCHES) {
    if (only && !ids.some((id) => only.includes(id))) continue;
    // Each workload begins with an empty database.
    const system = await startBenchSystem({ profileFolder });
    try {
      for (const figure of await run(system, { quick: values.quick, rounds, say })) {
        figures.push(figure);
        console.log(figureLine(figure));
      }
    } finally {
      await system.stop();
    }
  }
  say(conditions());
  console.log(`\n${figureTable(figures)}`);
  if (figures.some(({ value, floor }) => isMet(value, floor) === false)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  const told = explainSystemError(error);
  console.error(told instanceof SetupError ? `${told.message}\n${told.fix}` : told);
  process.exitCode = 1;
});
