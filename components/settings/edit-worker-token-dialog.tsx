"use client";
import { useTranslations } from "next-intl";
import { useTokenChange } from "@/components/settings/use-token-change";
import { useWorkerTokenDraft, WorkerTokenFields, workerSettingsOf } from "@/components/settings/worker-token-fields";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { WorkerTokenRow } from "@/lib/api/worker-token";

/** Changes for whom and for what a worker token is good; its name and the token itself stay. */
export function EditWorkerTokenDialog({ row, onClose }: { row: WorkerTokenRow; onClose: () => void }) {
  const t = useTranslations("tokens");
  const draft = useWorkerTokenDraft(row);
  const change = useTokenChange("workers", row);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("edit_workers", { name: row.name })}
      consequence={t("editHint")}
      confirmLabel={t("save")}
      keepLabel={t("keep")}
      onConfirm={() => change(workerSettingsOf(draft))}
    >
      {(refused) => <WorkerTokenFields draft={draft} refused={refused} />}
    </ConfirmDialog>
  );
}
