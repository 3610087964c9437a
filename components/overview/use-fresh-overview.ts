"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { OVERVIEW_KEY } from "@/components/data/approval-count";
import { useLiveJobs } from "@/components/data/live";

/** The server keeps the figures this long; asking more often would bring the same. */
const READ_AGAIN_MS = 2_500;

/** Reads the overview again when jobs change, however many do. */
export function useFreshOverview(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const soon = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: OVERVIEW_KEY });
      void client.invalidateQueries({ queryKey: ["jobs", "any"] });
    }, READ_AGAIN_MS);
  };
  useLiveJobs(soon, { onResync: soon });
}
