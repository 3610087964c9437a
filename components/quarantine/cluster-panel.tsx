"use client";
import { useQuery } from "@tanstack/react-query";
import { Bird, ThumbsDown } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useMay } from "@/components/data/operator";
import { exampleQuery } from "@/components/quarantine/cluster-data";
import { ClusterFacts } from "@/components/quarantine/cluster-facts";
import { ClusterJobs } from "@/components/quarantine/cluster-jobs";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/ticker";
import type { QuarantineCluster } from "@/lib/api/quarantine";

const BulkDialog = dynamic(() => import("@/components/bulk/bulk-dialog"), { ssr: false });

/** One cause: its jobs, what they have in common, and what can be done about all of them. */
export function ClusterPanel({ cluster }: { cluster: QuarantineCluster }) {
  const t = useTranslations("quarantine");
  const common = useTranslations("common");
  const [asked, setAsked] = useState<"requeue" | "give_up" | null>(null);
  const may = useMay("jobs:operate");
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  const example = useQuery(exampleQuery(cluster.sample_job_ids[0] ?? ""));
  useShortcut({ keys: "e", label: t("requeue"), group: "page", run: () => setAsked("requeue") }, may && !stale);
  const blocked = { disabled: stale, title: stale ? common("staleAction") : undefined };
  const { count } = cluster;
  return (
    <div className="cluster">
      <div className="cluster-main">
        <div className="row g6 wrap-row cluster-h">
          <h2 className="sec-h">{t("jobsOf", { count })}</h2>
          {may ? (
            <span className="row g6 end">
              <Button icon={ThumbsDown} {...blocked} onClick={() => setAsked("give_up")}>
                {t("giveUp", { count })}
              </Button>
              <Button variant="primary" icon={Bird} keys="e" {...blocked} onClick={() => setAsked("requeue")}>
                {t("requeue")}
              </Button>
            </span>
          ) : null}
        </div>
        <ClusterJobs cluster={cluster} />
      </div>
      <ClusterFacts cluster={cluster} example={example.data} error={example.error} />
      {asked ? (
        <BulkDialog
          // The example's data are the editor's beginning: without them it waits for them.
          key={`${asked} ${asked === "requeue" && example.data ? "with" : "without"}`}
          action={asked}
          wish={{ filter: { fingerprint: cluster.fingerprint, status: ["quarantined"] } }}
          example={example.data?.input}
          canary={asked === "requeue" && count > 1 ? 1 : 0}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </div>
  );
}
