import { ApiError } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { clearAttempts, countAttempts } from "@/server/store/operator-rows";

const WINDOW_MS = 60_000;
const MOST_PER_ACCOUNT = 5;
const MOST_PER_ADDRESS = 20;

/**
 * Counts an attempt to sign in and refuses it (429) beyond five a minute per account or twenty per address, before any
 * password is looked at. The count is in the database: it is shared by all processes and survives their restarts.
 */
export async function limitSignIn(
  database: Database,
  account: string | null,
  remoteAddress: string | null,
): Promise<void> {
  const byAccount = account === null ? null : accountKey(account);
  const byAddress = remoteAddress === null ? null : `address:${remoteAddress}`;
  const keys = [byAccount, byAddress].filter((key) => key !== null);
  const counts = await countAttempts(database, keys, WINDOW_MS);
  const over = (key: string | null, most: number) => key !== null && (counts.get(key) ?? 0) > most;
  if (!over(byAccount, MOST_PER_ACCOUNT) && !over(byAddress, MOST_PER_ADDRESS)) return;
  throw new ApiError(429, "rate_limited", "Too many attempts to sign in; wait a minute", {
    headers: { "retry-after": String(WINDOW_MS / 1000) },
  });
}

/** Forgets an account's attempts after it signed in. */
export async function forgetAttempts(database: Database, account: string): Promise<void> {
  await clearAttempts(database, accountKey(account));
}

function accountKey(account: string): string {
  return `account:${account.trim().toLowerCase().slice(0, 254)}`;
}
