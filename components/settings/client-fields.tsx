"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import { TextField } from "@/components/settings/text-field";
import { Checkbox } from "@/components/ui/checkbox";
import { JsonField, type JsonText, objectOf, useJsonText } from "@/components/ui/json-field";
import type { ClientRow } from "@/lib/api/client";
import { CLIENT_SCOPES, type ClientScope } from "@/lib/roles";

/** What stands in the fields about a client, as it is typed. */
export interface ClientDraft {
  description: string;
  plan: string;
  quota: string;
  scopes: readonly ClientScope[];
  params: JsonText;
  config: JsonText;
  set: (part: Partial<Texts>) => void;
  /** Something that is typed cannot be sent. */
  wrong: boolean;
  quotaWrong: boolean;
}

type Texts = { description: string; plan: string; quota: string; scopes: readonly ClientScope[] };

/** The fields' state, beginning with what the client has; without one, with what a new client begins with. */
export function useClientDraft(row?: ClientRow): ClientDraft {
  const [texts, setTexts] = useState<Texts>(() => ({
    description: row?.description ?? "",
    plan: row?.plan ?? "",
    quota: row?.monthly_attempts?.toString() ?? "",
    scopes: row ? CLIENT_SCOPES.filter((scope) => row.scopes.includes(scope)) : ["jobs"],
  }));
  const params = useJsonText(row?.params ?? {}, true);
  const config = useJsonText(row?.config ?? {}, true);
  const quotaWrong = texts.quota.trim() !== "" && !/^\d{1,10}$/.test(texts.quota.trim());
  const wrong = quotaWrong || params.problem !== null || config.problem !== null;
  const set = (part: Partial<Texts>) => setTexts((before) => ({ ...before, ...part }));
  return { ...texts, params, config, set, wrong, quotaWrong };
}

/** The members of the API's body; what is left empty is taken away. */
export function settingsOf(draft: ClientDraft) {
  return {
    description: draft.description.trim() || null,
    plan: draft.plan.trim() || null,
    monthly_attempts: draft.quota.trim() === "" ? null : Number(draft.quota),
    scopes: draft.scopes,
    params: objectOf(draft.params) ?? {},
    config: objectOf(draft.config) ?? {},
  };
}

/** All of a client that can be changed. */
export function ClientFields({ draft, refused }: { draft: ClientDraft; refused: readonly FieldProblem[] }) {
  const t = useTranslations("tokens");
  return (
    <>
      <TextField
        label={t("description")}
        value={draft.description}
        onChange={(description) => draft.set({ description })}
        error={refusedAt(refused, "description")}
      />
      <Scopes chosen={draft.scopes} onChange={(scopes) => draft.set({ scopes })} />
      <TextField
        label={t("plan")}
        hint={t("planHint")}
        value={draft.plan}
        onChange={(plan) => draft.set({ plan })}
        error={refusedAt(refused, "plan")}
      />
      <TextField
        label={t("quota")}
        hint={t("quotaHint")}
        value={draft.quota}
        onChange={(quota) => draft.set({ quota })}
        inputMode="numeric"
        error={draft.quotaWrong ? t("quotaWrong") : refusedAt(refused, "monthly_attempts")}
      />
      <JsonField
        label={t("paramsLabel")}
        hint={t("paramsHint")}
        json={draft.params}
        rows={3}
        error={refusedAt(refused, "params")}
      />
      <JsonField
        label={t("configLabel")}
        hint={t("configHint")}
        json={draft.config}
        rows={3}
        error={refusedAt(refused, "config")}
      />
    </>
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
