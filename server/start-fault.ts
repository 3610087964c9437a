import { RegistrationError } from "@/server/catalogue/register-blueprints";
import { ConfigError } from "@/server/config";
import { OwnCodeError } from "@/server/own-code/own-code-error";
import { TaskSetError } from "@/server/tasks/task-set";

/** Exit code of a process that a person has to set up differently; starting it again would change nothing. */
export const CONFIG_FAULT = 78;

/** True for what a person has to mend in the configuration, or in blueprints and tasks of their own: the message says all. */
export function isConfigFault(error: unknown): error is Error {
  return [ConfigError, OwnCodeError, RegistrationError, TaskSetError].some((kind) => error instanceof kind);
}
