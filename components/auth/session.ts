"use client";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import type { SessionAnswer } from "@/lib/api/session";

/** Whether somebody is signed in, whether there is any account yet, and whether this is a local start. */
export function useSession() {
  return useQuery({
    queryKey: ["session"],
    queryFn: ({ signal }) => api.get<SessionAnswer>("/api/v1/session", { signal }),
  });
}

/** A full load, so that the next page is drawn for the new session. */
export function enter(path: string): void {
  window.location.assign(path);
}
