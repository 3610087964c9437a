import { nearest } from "@/server/engine/blueprint/did-you-mean";
import { ApiError } from "@/server/errors";
import { SHIPPED_TASKS } from "@/server/jobs/shipped-tasks";
import type { Database } from "@/server/store/database";
import { readServedTasks } from "@/server/store/reads/served-tasks";

/** A worker that comes with a new task is known after so long. */
const KEPT_MS = 1_000;
const MOST_NAMED = 50;

const ALIASES = new Map(
  Object.entries(SHIPPED_TASKS).flatMap(([name, old]) => old.map((each) => [each, name] as const)),
);

/** Which task types there are: those that ship, and those that a worker of the last day serves. */
export class KnownTasks {
  private kept: { names: Promise<ReadonlySet<string>>; until: number } | null = null;

  constructor(private readonly database: Database) {}

  /** The name to ask for: an older name of a shipped task gives the one that it has now. Throws 422 for an unknown one. */
  async known(task: string): Promise<string> {
    const now = ALIASES.get(task) ?? task;
    if (Object.hasOwn(SHIPPED_TASKS, now)) return now;
    const served = await this.served();
    if (served.has(now)) return now;
    throw unknownTask(task, [...new Set([...Object.keys(SHIPPED_TASKS), ...served])].sort());
  }

  private served(): Promise<ReadonlySet<string>> {
    if (this.kept && this.kept.until > performance.now()) return this.kept.names;
    const names = readServedTasks(this.database.pool).then((all) => new Set(all));
    const entry = { names, until: performance.now() + KEPT_MS };
    this.kept = entry;
    names.catch(() => {
      if (this.kept === entry) this.kept = null;
    });
    return names;
  }
}

function unknownTask(task: string, names: readonly string[]): ApiError {
  const near = nearest(task, names);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return new ApiError(
    422,
    "unknown_task",
    `No worker of the last day serves the task ${task}${near ? `; did you mean ${near}?` : ""}`,
    {
      details: [
        {
          path: "task",
          message: `known are ${names.slice(0, MOST_NAMED).join(", ")}${more}`,
          fix: "Start a worker that serves it, or say park=true to let the job wait for one",
        },
      ],
    },
  );
}
