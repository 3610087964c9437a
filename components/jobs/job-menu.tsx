"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Ban, Copy, Ellipsis, List, RotateCw, SquareArrowOutUpRight, Workflow } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useMay } from "@/components/data/operator";
import { shortId } from "@/components/jobs/short-id";
import { announce } from "@/components/ui/announcer";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, type MenuItem } from "@/components/ui/menu";
import { useToasts } from "@/components/ui/toasts";
import type { JobRow } from "@/lib/api/job";
import { isTerminal } from "@/lib/job-status";

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

function JobConfirm({ row, action, onClose }: { row: JobRow; action: "cancel" | "retry"; onClose: () => void }) {
  const t = useTranslations("jobs");
  const client = useQueryClient();
  const toasts = useToasts();
  const status = useLiveStatus();
  const job = shortId(row.job_id);

  async function confirm(reason: string | undefined) {
    await api.post(`/api/v1/jobs/${row.job_id}/${action}`, reason ? { reason } : {});
    toasts.success(t(action === "cancel" ? "cancelled" : "retried", { job }), {
      href: `/jobs/${row.job_id}`,
      label: t("openJob"),
    });
    void client.invalidateQueries({ queryKey: ["jobs"] });
  }

  const cancel = action === "cancel";
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t(cancel ? "cancelTitle" : "retryTitle", { job })}
      consequence={t(cancel ? "cancelConsequence" : "retryConsequence", { state: row.state })}
      confirmLabel={t(cancel ? "cancel" : "retry")}
      keepLabel={t(cancel ? "keep" : "leave")}
      danger={cancel}
      askReason
      stale={isStale(status, Date.now())}
      onConfirm={confirm}
    />
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
