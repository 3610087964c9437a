import { SECRET_VARIABLES } from "./secrets";

/** What opens this installation's doors; a task that needs a secret has one of its own. */
const OURS = new Set<string>(["DATABASE_URL", "REDIS_URL", ...SECRET_VARIABLES]);

/** The environment that tasks see in threads and processes of their own: all of it but this installation's own secrets. */
export function taskEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return value !== undefined && !OURS.has(name);
    }),
  );
}
