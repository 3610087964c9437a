import { unescape as decoded } from "node:querystring";
import type { environment } from "./environment";

/** Variables that open doors of this installation: no log shows them, and no task sees them. */
export const SECRET_VARIABLES = [
  "BATUTA_ADMIN_PASSWORD",
  "BATUTA_AUTH_SECRET",
  "BATUTA_SETUP_TOKEN",
  "BATUTA_SIGN_IN_TOKEN",
  "CLIENT_TOKEN",
  "EMBEDDINGS_API_KEY",
  "GLOBAL_WORKER_TOKEN",
  "METRICS_TOKEN",
  "ORCHESTRATOR_SECRET_KEY",
  "TLS_PROXY_SECRET",
  "WORKER_TOKEN",
] as const satisfies (keyof typeof environment.shape)[];

/** What no log may show: those variables, and the password of each URL, as it is written there and as it is sent. */
export function secretsIn(variables: Record<string, string | undefined>): string[] {
  const whole = SECRET_VARIABLES.flatMap((name) => variables[name] ?? []);
  return [...new Set([...whole, ...Object.values(variables).flatMap(passwordsIn)])];
}

function passwordsIn(text: string | undefined): string[] {
  if (text === undefined || !URL.canParse(text)) return [];
  const { password } = new URL(text);
  return password === "" ? [] : [password, decoded(password)];
}
