"use client";
import { Ban, Copy, Ellipsis, List, RotateCw, SquareArrowOutUpRight, Workflow } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/data/operator";
import { shortId } from "@/components/jobs/short-id";
import { announce } from "@/components/ui/announcer";
import { IconButton } from "@/components/ui/button";
import { Menu, type MenuItem } from "@/components/ui/menu";
import type { JobRow } from "@/lib/api/job";
import { isTerminal } from "@/lib/job-status";

const JobConfirm = dynamic(() => import("@/components/jobs/job-confirm"), { ssr: false });

const RETRYABLE = new Set(["failed", "error", "quarantined"]);

/** What can be done with one job from the list. */
export function JobMenu({ row }: { row: JobRow }) {
  const t = useTranslations("jobs");
  const common = useTranslations("common");
  const [asked, setAsked] = useState<"cancel" | "retry" | null>(null);
  const mayCancel = useMay("jobs:cancel") && !isTerminal(row.status);
  const mayRetry = useMay("jobs:retry") && RETRYABLE.has(row.status);
  const items: (MenuItem | "separator")[] = [
    { label: t("openJob"), icon: SquareArrowOutUpRight, href: `/jobs/${row.job_id}` },
    { label: t("sameBlueprint"), icon: List, href: `/jobs?blueprint=${encodeURIComponent(row.blueprint_name)}` },
    { label: t("showBlueprint"), icon: Workflow, href: `/blueprints/${encodeURIComponent(row.blueprint_name)}` },
    { label: t("copyId"), icon: Copy, onSelect: () => void copyId(row.job_id, common("copied"), common("copyFailed")) },
  ];
  if (mayRetry || mayCancel) items.push("separator");
  if (mayRetry) items.push({ label: t("retry"), icon: RotateCw, onSelect: () => setAsked("retry") });
  if (mayCancel) items.push({ label: t("cancel"), icon: Ban, danger: true, onSelect: () => setAsked("cancel") });
  return (
    <>
      <Menu
        label={t("actionsOf", { job: shortId(row.job_id) })}
        items={items}
        trigger={(props) => (
          <IconButton
            {...props}
            icon={Ellipsis}
            label={t("actionsOf", { job: shortId(row.job_id) })}
            variant="quiet"
            size="sm"
          />
        )}
      />
      {asked ? <JobConfirm row={row} action={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

async function copyId(id: string, copied: string, failed: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(id);
    announce(copied);
  } catch {
    // Refused by permission or by plain http on another host; the id is on the page.
    announce(failed);
  }
}
