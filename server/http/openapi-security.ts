import type { Json } from "./openapi-schema";

export const SECURITY_SCHEMES: Readonly<Record<string, Json>> = {
  clientToken: {
    type: "apiKey",
    in: "header",
    name: "X-Client-Token",
    description: "The token of an API client",
  },
  bearer: { type: "http", scheme: "bearer", description: "The same token as `Authorization: Bearer …`" },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "batuta.session_token",
    description: "A person's session, set by the sign-in; the browser sends it by itself",
  },
  workerToken: {
    type: "apiKey",
    in: "header",
    name: "X-Worker-Token",
    description: "A worker's own token, the token that all workers share, or an access token",
  },
  workerId: { type: "apiKey", in: "header", name: "X-Worker-ID", description: "The id of the worker that asks" },
  mutualTls: { type: "mutualTLS", description: "A worker's certificate, whose common name is its id" },
};

export const CLIENT_SECURITY: readonly Json[] = [{ clientToken: [] }, { bearer: [] }, { session: [] }];
export const WORKER_SECURITY: readonly Json[] = [
  { workerToken: [], workerId: [] },
  { bearer: [], workerId: [] },
  { mutualTls: [] },
];
