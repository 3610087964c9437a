import { headers } from "next/headers";
import { cache } from "react";
import { currentOperator, type Operator } from "@/server/http/session-of-request";

export type { Operator };

/** The operator of this page's request, or null; asked once per request, whoever needs it. */
export const operatorOfPage: () => Promise<Operator | null> = cache(async () => currentOperator(await headers()));
