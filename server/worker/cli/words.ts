import { parseArgs } from "node:util";
import { ISOLATIONS, type Isolation } from "../bridge/isolation";

export const USAGE = `Usage: node dist/worker.js [command] [options]        from a checkout: npm run worker -- [command] [options]

Without a command it takes tasks until it is told to stop.
  --burst               end with 0 as soon as no task is left to do
  --max-jobs N          end with 0 after N tasks

run <task>              run one task here, without a queue, and print what it came to as JSON (0: success, 1: not)
  --input JSON|@FILE    its parameters; {} unless told, @- reads standard input
  --isolation WORD      ${ISOLATIONS.join(", ")}; unless told, what the task declares
  --timeout SECONDS     its time limit; unless told, none

health [--ready|--live] ask the worker that runs here how it is (WORKER_HTTP_HOST, WORKER_HTTP_PORT); 0: well, 1: not
doctor [--json]         look for what keeps tasks from being run; 0: nothing found, 1: something
--help

Everything else is set by variables: docs/configuration.md.`;

export type Command =
  | { name: "help" }
  | { name: "work"; burst: boolean; maxJobs: number | null }
  | { name: "run"; task: string; input: string; isolation: Isolation | undefined; timeoutMs: number | null }
  | { name: "health"; path: "/readyz" | "/livez" }
  | { name: "doctor"; json: boolean };

/** The words of the command line make no sense; the message says which, and what would. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const OPTIONS = {
  help: { type: "boolean" },
  burst: { type: "boolean" },
  "max-jobs": { type: "string" },
  input: { type: "string" },
  isolation: { type: "string" },
  timeout: { type: "string" },
  ready: { type: "boolean" },
  live: { type: "boolean" },
  json: { type: "boolean" },
} as const;

type OptionName = keyof typeof OPTIONS;

/** Options of each command; the others make no sense with it. */
const ALLOWED: Record<Exclude<Command["name"], "help">, OptionName[]> = {
  work: ["burst", "max-jobs"],
  run: ["input", "isolation", "timeout"],
  health: ["ready", "live"],
  doctor: ["json"],
};

/** Reads the words after the program's name. Throws a UsageError. */
export function readCommand(words: string[]): Command {
  const { values, positionals } = parsed(words);
  if (values.help) return { name: "help" };
  const [word = "work", task, ...rest] = positionals;
  const name = word as keyof typeof ALLOWED;
  if (!Object.hasOwn(ALLOWED, word)) throw new UsageError(`There is no command "${word}"; try --help`);
  const stray = Object.keys(values).find((option) => !ALLOWED[name].includes(option as OptionName));
  if (stray) throw new UsageError(`--${stray} makes no sense with ${positionals[0] ?? "a worker that takes tasks"}`);
  if (rest.length > 0 || (task !== undefined && name !== "run"))
    throw new UsageError(`"${rest[0] ?? task}" makes no sense here; try --help`);
  if (name === "health") {
    if (values.ready && values.live) throw new UsageError("Give --ready or --live, not both");
    return { name, path: values.live ? "/livez" : "/readyz" };
  }
  if (name === "doctor") return { name, json: values.json ?? false };
  if (name === "work") return { name, burst: values.burst ?? false, maxJobs: wholeOf("max-jobs", values["max-jobs"]) };
  if (task === undefined) throw new UsageError("run needs the name of a task, as in: run demo_echo --input '{}'");
  const seconds = wholeOf("timeout", values.timeout);
  return {
    name,
    task,
    input: values.input ?? "{}",
    isolation: isolationOf(values.isolation),
    timeoutMs: seconds && seconds * 1_000,
  };
}

function parsed(words: string[]) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`--${option} is "${text}"; give a whole number above 0`);
}

function isolationOf(word: string | undefined): Isolation | undefined {
  const found = ISOLATIONS.find((each) => each === word);
  if (found || word === undefined) return found;
  throw new UsageError(`--isolation is "${word}"; give ${ISOLATIONS.join(", ")}`);
}
