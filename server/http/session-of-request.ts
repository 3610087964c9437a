import type { Operator } from "@/lib/api/session";
import { thisProcess } from "@/server/this-process";

export type { Operator } from "@/lib/api/session";

/** The person whose session cookie these headers carry, or null: for pages, which then show the sign-in. */
export async function currentOperator(headers: Headers): Promise<Operator | null> {
  return headers.has("cookie") ? thisProcess().operators.sessionOf(headers) : null;
}
