"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { isStale, useLiveStatus } from "@/components/data/live";
import { shortId } from "@/components/jobs/short-id";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useToasts } from "@/components/ui/toasts";
import type { JobRow } from "@/lib/api/job";

export interface JobConfirmProps {
  row: JobRow;
  action: "cancel" | "retry";
  onClose: () => void;
}

/** Asks before one job of the list is cancelled or retried. */
export default function JobConfirm({ row, action, onClose }: JobConfirmProps) {
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
