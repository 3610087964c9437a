"use client";
import dynamic from "next/dynamic";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useOperator } from "@/components/data/operator";
import type { LiveJobHistory } from "@/components/job/use-job";
import { type JobVerb, possibleVerbs, VERB_PERMISSION } from "@/components/job/verbs/job-verbs";
import type { AskedVerb } from "@/components/job/verbs/verb-props";
import { useNow } from "@/components/ui/ticker";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";
import { roleMay } from "@/lib/roles";

const VerbDialog = dynamic(() => import("@/components/job/verbs/verb-dialog"), { ssr: false });

export interface JobVerbs {
  /** What this person may do with the job as it stands, in the order of the menu. */
  allowed: readonly JobVerb[];
  /** What is shown may be old: nothing is done until it is fresh. */
  stale: boolean;
  ask: (asked: AskedVerb) => void;
}

const VerbContext = createContext<JobVerbs | null>(null);

export function useJobVerbs(): JobVerbs {
  const verbs = useContext(VerbContext);
  if (!verbs) throw new Error("useJobVerbs is used outside of JobVerbProvider");
  return verbs;
}

export interface JobVerbProviderProps {
  detail: JobDetail;
  history: LiveJobHistory;
  status: DisplayStatus;
  children: ReactNode;
}

/** Lets every part of a job's page ask for a verb; the dialog is one, loaded with the first question. */
export function JobVerbProvider({ detail, history, status, children }: JobVerbProviderProps) {
  const [asked, setAsked] = useState<AskedVerb | null>(null);
  const { view } = history;
  const { role } = useOperator();
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  const value = useMemo<JobVerbs>(() => {
    const allowed = possibleVerbs(view, status).filter((verb) => roleMay(role, VERB_PERMISSION[verb]));
    return { allowed, stale, ask: setAsked };
  }, [view, status, role, stale]);
  return (
    <VerbContext value={value}>
      {children}
      {asked ? (
        <VerbDialog
          key={`${asked.verb} ${asked.from?.seq ?? ""}`}
          asked={asked}
          detail={detail}
          history={history}
          status={status}
          stale={stale}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </VerbContext>
  );
}
