"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { refusedAt } from "@/components/data/refused-at";
import { ClientFields, settingsOf, useClientDraft } from "@/components/settings/client-fields";
import { TextField } from "@/components/settings/text-field";
import { type Secret, TOKEN_KEY, TOKEN_PATH } from "@/components/settings/token-data";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { ClientWithToken } from "@/lib/api/client";

/** Makes an API client, and hands on its token to be shown. */
export function NewClientDialog({ onClose, onSecret }: { onClose: () => void; onSecret: (secret: Secret) => void }) {
  const t = useTranslations("tokens");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const draft = useClientDraft();

  async function create() {
    const made = await api.post<ClientWithToken>(TOKEN_PATH.clients, { name: name.trim(), ...settingsOf(draft) });
    void queries.invalidateQueries({ queryKey: TOKEN_KEY.clients });
    if (made.token !== null) onSecret({ name: made.client.name, token: made.token });
  }

  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("create_clients")}
      consequence={t("createHint")}
      confirmLabel={t("create")}
      keepLabel={t("keepNone")}
      incomplete={name.trim() === "" || draft.wrong}
      onConfirm={create}
    >
      {(refused) => (
        <>
          <TextField label={t("name")} required value={name} onChange={setName} error={refusedAt(refused, "name")} />
          <ClientFields draft={draft} refused={refused} />
        </>
      )}
    </ConfirmDialog>
  );
}
