import type { Operator, SetupBody } from "@/lib/api/session";
import { ApiError, forbidden } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { countOperators, whileAlone } from "@/server/store/operator-rows";
import type { Operators } from "./operators";

/** True while nobody has an account. */
export async function setupRequired(database: Database): Promise<boolean> {
  return (await countOperators(database)) === 0;
}

/**
 * Makes the first account, an admin's. Refused: 409 once there is any, 403 without the setup token where one is needed.
 * Of two requests at the same moment one wins.
 */
export async function createFirstOperator(
  database: Database,
  operators: Operators,
  body: SetupBody,
  expectedToken: string | null,
): Promise<Operator> {
  if (!(await setupRequired(database))) throw alreadySetUp();
  if (expectedToken !== null && body.setup_token !== expectedToken) {
    throw forbidden("The setup token is wrong; it stands in the log of the server's start");
  }
  const made = await whileAlone(database, "first operator", async () => {
    if (!(await setupRequired(database))) return null;
    return operators.create({ name: body.name, email: body.email, password: body.password, role: "admin" });
  });
  if (!made) throw alreadySetUp();
  return made;
}

/** Makes the account that the environment asks for, unless its address has one. */
export async function ensureEnvironmentOperator(
  operators: Operators,
  admin: { email: string; password: string },
): Promise<void> {
  const name = admin.email.split("@")[0] ?? admin.email;
  await operators.create({ name, email: admin.email, password: admin.password, role: "admin" });
}

function alreadySetUp(): ApiError {
  return new ApiError(409, "conflict", "There is an account already; sign in with it");
}
