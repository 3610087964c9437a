import { CONFIG_FAULT, isConfigFault } from "@/server/start-fault";
import { SERVERS_AWAY, ServersAwayError } from "./await-servers";
import { askHealth } from "./cli/ask-health";
import { diagnose } from "./cli/diagnose";
import { runOne } from "./cli/run-one";
import { type Command, readCommand, USAGE, UsageError } from "./cli/words";
import { work } from "./cli/work";
import { ProbePortError } from "./probes";

/** Exit code for words that make no sense. */
const WRONG_USE = 2;

/** The worker process, and the commands that look at it. */
function perform(command: Command): Promise<number> | number {
  switch (command.name) {
    case "work":
      return work(command);
    case "run":
      return runOne(command);
    case "health":
      return askHealth(command.path);
    case "doctor":
      return diagnose(command);
    case "help":
      process.stdout.write(`${USAGE}\n`);
      return 0;
  }
}

function codeOf(error: unknown): number {
  if (isConfigFault(error) || error instanceof ProbePortError) return CONFIG_FAULT;
  if (error instanceof ServersAwayError) return SERVERS_AWAY;
  return error instanceof UsageError ? WRONG_USE : 1;
}

async function main(): Promise<void> {
  try {
    process.exit(await perform(readCommand(process.argv.slice(2))));
  } catch (error) {
    const code = codeOf(error);
    console.error(code === 1 ? error : (error as Error).message);
    process.exit(code);
  }
}

void main();
