"use client";
import { useTranslations } from "next-intl";
import { ClientFields, settingsOf, useClientDraft } from "@/components/settings/client-fields";
import { useTokenChange } from "@/components/settings/use-token-change";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { ClientRow } from "@/lib/api/client";

/** Changes what an API client may do, is told, and may use up; its name and token stay. */
export function EditClientDialog({ row, onClose }: { row: ClientRow; onClose: () => void }) {
  const t = useTranslations("tokens");
  const draft = useClientDraft(row);
  const change = useTokenChange("clients", row);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("edit_clients", { name: row.name })}
      consequence={t("editHint")}
      confirmLabel={t("save")}
      keepLabel={t("keep")}
      incomplete={draft.wrong}
      onConfirm={() => change(settingsOf(draft))}
    >
      {(refused) => <ClientFields draft={draft} refused={refused} />}
    </ConfirmDialog>
  );
}
