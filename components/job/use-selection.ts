"use client";
import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type JobViewName, queryOf, type Selection, type StepTab, selectionOf } from "@/components/job/selection";

export interface SelectionControl extends Selection {
  show: (view: JobViewName) => void;
  /** Chooses a step, perhaps one branch of it; `""` is the whole job. */
  select: (step: string, branch?: number | null) => void;
  openTab: (tab: StepTab) => void;
}

/** The selection in the address, so that a link shows the same. It replaces: going back leaves the job. */
export function useSelection(): SelectionControl {
  const query = useSearchParams();
  const selection = useMemo(() => selectionOf(new URLSearchParams(query)), [query]);

  const change = useCallback((part: Partial<Selection>) => {
    // Read at the moment of the change: two in a row must not undo each other.
    const now = new URLSearchParams(window.location.search);
    const text = queryOf({ ...selectionOf(now), ...part }, now)
      .toString()
      .replaceAll("%7E", "~");
    window.history.replaceState(null, "", text ? `?${text}` : window.location.pathname);
  }, []);

  return useMemo(
    () => ({
      ...selection,
      show: (view: JobViewName) => change({ view }),
      select: (step: string, branch: number | null = null) => change({ step, branch }),
      openTab: (tab: StepTab) => change({ tab }),
    }),
    [selection, change],
  );
}
