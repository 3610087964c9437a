"use client";
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLiveJobs } from "@/components/data/live";
import { readAgain } from "@/components/data/read-again";

/** The server keeps its figures about this long; asking more often would bring the same. */
const READ_AGAIN_MS = 2_500;

/** Reads these queries again when jobs change, however many do: for figures over jobs, and whatever hangs on them. */
export function useFreshQueries(...keys: readonly QueryKey[]): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const soon = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const key of keys) readAgain(client, key);
    }, READ_AGAIN_MS);
  };
  useLiveJobs(soon, { onResync: soon });
}
