"use client";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiError } from "@/components/data/api-error";
import { goToSignIn } from "@/components/data/go-to-sign-in";
import { isRefused } from "@/components/data/read-again";

const FRESH_MS = 5_000;

/** A session that ended while the page was open. */
function onError(error: unknown) {
  if (error instanceof ApiError && error.status === 401) goToSignIn("ended");
}

function createClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // What the server refused, it will refuse again; what didn't arrive may arrive.
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        refetchOnWindowFocus: (query) => !isRefused(query),
        refetchOnReconnect: (query) => !isRefused(query),
      },
    },
  });
}

export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(createClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
