"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { refusedAt } from "@/components/data/refused-at";
import { TextField } from "@/components/settings/text-field";
import { type Secret, TOKEN_KEY, TOKEN_PATH } from "@/components/settings/token-data";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { ClientWithToken } from "@/lib/api/client";
import { CLIENT_SCOPES, type ClientScope } from "@/lib/roles";

/** Makes an API client, and hands on its token to be shown. */
export function NewClientDialog({ onClose, onSecret }: { onClose: () => void; onSecret: (secret: Secret) => void }) {
  const t = useTranslations("tokens");
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [plan, setPlan] = useState("");
  const [quota, setQuota] = useState("");
  const [scopes, setScopes] = useState<readonly ClientScope[]>(["jobs"]);
  const quotaWrong = quota.trim() !== "" && !/^\d{1,10}$/.test(quota.trim());

  async function create() {
    const body = {
      name: name.trim(),
      scopes,
      ...(description.trim() ? { description: description.trim() } : {}),
      ...(plan.trim() ? { plan: plan.trim() } : {}),
      ...(quota.trim() ? { monthly_attempts: Number(quota) } : {}),
    };
    const made = await api.post<ClientWithToken>(TOKEN_PATH.clients, body);
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
      incomplete={name.trim() === "" || quotaWrong}
      onConfirm={create}
    >
      {(refused) => (
        <>
          <TextField label={t("name")} required value={name} onChange={setName} error={refusedAt(refused, "name")} />
          <TextField
            label={t("description")}
            value={description}
            onChange={setDescription}
            error={refusedAt(refused, "description")}
          />
          <Scopes chosen={scopes} onChange={setScopes} />
          <TextField
            label={t("plan")}
            hint={t("planHint")}
            value={plan}
            onChange={setPlan}
            error={refusedAt(refused, "plan")}
          />
          <TextField
            label={t("quota")}
            hint={t("quotaHint")}
            value={quota}
            onChange={setQuota}
            inputMode="numeric"
            error={quotaWrong ? t("quotaWrong") : refusedAt(refused, "monthly_attempts")}
          />
        </>
      )}
    </ConfirmDialog>
  );
}

function Scopes({
  chosen,
  onChange,
}: {
  chosen: readonly ClientScope[];
  onChange: (scopes: readonly ClientScope[]) => void;
}) {
  const t = useTranslations("tokens");
  return (
    <fieldset className="fieldset">
      <legend>{t("scopes")}</legend>
      {CLIENT_SCOPES.map((scope) => (
        <Checkbox
          key={scope}
          checked={chosen.includes(scope)}
          onChange={(event) =>
            onChange(event.target.checked ? [...chosen, scope] : chosen.filter((each) => each !== scope))
          }
        >
          <span className="mono">{scope}</span> <span className="t2">{t(`scope_${scope}`)}</span>
        </Checkbox>
      ))}
    </fieldset>
  );
}
