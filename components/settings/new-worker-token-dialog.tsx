"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { refusedAt } from "@/components/data/refused-at";
import { TextField } from "@/components/settings/text-field";
import { type Secret, TOKEN_KEY, TOKEN_PATH } from "@/components/settings/token-data";
import { useWorkerTokenDraft, WorkerTokenFields, workerSettingsOf } from "@/components/settings/worker-token-fields";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { WorkerTokenWithToken } from "@/lib/api/worker-token";

/** Makes a token for a worker, a pattern of workers or all, and hands it on to be shown. */
export function NewWorkerTokenDialog(props: { onClose: () => void; onSecret: (secret: Secret) => void }) {
  const { onClose, onSecret } = props;
  const t = useTranslations("tokens");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const draft = useWorkerTokenDraft();

  async function create() {
    const body = { name: name.trim(), ...workerSettingsOf(draft) };
    const made = await api.post<WorkerTokenWithToken>(TOKEN_PATH.workers, body);
    void queries.invalidateQueries({ queryKey: TOKEN_KEY.workers });
    if (made.token !== null) onSecret({ name: made.worker_token.name, token: made.token });
  }

  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("create_workers")}
      consequence={t("createHint")}
      confirmLabel={t("create")}
      keepLabel={t("keepNone")}
      incomplete={name.trim() === ""}
      onConfirm={create}
    >
      {(refused) => (
        <>
          <TextField label={t("name")} required value={name} onChange={setName} error={refusedAt(refused, "name")} />
          <WorkerTokenFields draft={draft} refused={refused} />
        </>
      )}
    </ConfirmDialog>
  );
}
