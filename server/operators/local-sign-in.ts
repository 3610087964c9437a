import { tokenHash } from "@/server/clients/token-hash";
import { ApiError } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { firstOperatorId, offerSignInLink, useSignInLink } from "@/server/store/operator-rows";
import type { Operators } from "./operators";

/** How long the link that the start prints is good for. */
const VALID_MS = 10 * 60 * 1000;

/** Notes that the link is offered from now on: its ten minutes begin, once, whatever restarts in between. */
export async function offerLocalSignIn(database: Database, token: string): Promise<void> {
  await offerSignInLink(database, tokenHash(token));
}

/** Signs in with the one-time link of a local start, as its admin. 401 when it was used, is too old, or is another. */
export async function localSignIn(
  database: Database,
  operators: Operators,
  token: string,
  headers: Headers,
): Promise<Response> {
  if (!(await useSignInLink(database, tokenHash(token), VALID_MS))) {
    throw new ApiError(
      401,
      "wrong_credentials",
      "The sign-in link was used or is older than ten minutes; start again for a new one, or use the password",
    );
  }
  const operatorId = await firstOperatorId(database);
  if (operatorId === null) throw new ApiError(409, "conflict", "There is no account yet; set the first one up");
  return operators.signInAs(operatorId, headers);
}
