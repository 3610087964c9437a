import { queryOptions } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import type { ClientRow } from "@/lib/api/client";
import type { WorkerTokenRow } from "@/lib/api/worker-token";

/** The two kinds of tokens, and where each is kept. */
export const TOKEN_KINDS = ["clients", "workers"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export const TOKEN_PATH: Record<TokenKind, string> = { clients: "/api/v1/clients", workers: "/api/v1/worker-tokens" };
export const TOKEN_KEY: Record<TokenKind, readonly string[]> = {
  clients: ["tokens", "clients"],
  workers: ["tokens", "workers"],
};

export const clientsQuery = queryOptions({
  queryKey: TOKEN_KEY.clients,
  queryFn: ({ signal }) => api.get<ClientRow[]>(TOKEN_PATH.clients, { signal }),
});

export const workerTokensQuery = queryOptions({
  queryKey: TOKEN_KEY.workers,
  queryFn: ({ signal }) => api.get<WorkerTokenRow[]>(TOKEN_PATH.workers, { signal }),
});

/** A token that was just made: shown once. */
export interface Secret {
  name: string;
  token: string;
}
