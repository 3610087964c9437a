"use client";
import { useQuery } from "@tanstack/react-query";
import { api } from "@/components/data/api";
import type { SelectionAnswer, SelectionBody } from "@/lib/api/bulk";

/**
 * Freezes a set of jobs on the server, so that what is looked at is what is worked on. Asked once per question: opening
 * the question again freezes anew.
 */
export function useFrozenSelection(wish: SelectionBody) {
  return useQuery({
    queryKey: ["selection", wish],
    queryFn: ({ signal }) => api.post<SelectionAnswer>("/api/v1/bulk/selections", wish, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}
