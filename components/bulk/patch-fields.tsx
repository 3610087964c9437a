"use client";
import { useTranslations } from "next-intl";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import { JsonDiff } from "@/components/ui/json-diff";
import { JsonField, type JsonText, objectOf, useJsonText } from "@/components/ui/json-field";
import type { JsonObject } from "@/lib/json";
import { mergePatchOf } from "@/lib/json-changes";

const NOTHING: JsonObject = {};

/** The data of one job, edited as an example: what changes there is what is changed in every job. */
export interface PatchFieldsState {
  input: JsonText;
  /** A merge patch of the state history, typed as such: it differs from job to job. */
  history: JsonText;
  example: JsonObject | undefined;
  patch: { initial_data?: JsonObject; state_history?: JsonObject } | undefined;
  ready: boolean;
}

export function usePatchFields(example: JsonObject | undefined): PatchFieldsState {
  const t = useTranslations("verbs.data");
  const input = useJsonText(example ?? NOTHING, true);
  const history = useJsonText(NOTHING, true);
  const after = objectOf(input);
  const { patch: edited, nulls } = after && example ? mergePatchOf(example, after) : { patch: after ?? {}, nulls: [] };
  const problem = input.problem ?? (nulls.length > 0 ? t("nulls", { paths: nulls.join(", ") }) : null);
  const gathered = objectOf(history) ?? {};
  const patch = {
    ...(Object.keys(edited).length > 0 ? { initial_data: edited } : {}),
    ...(Object.keys(gathered).length > 0 ? { state_history: gathered } : {}),
  };
  return {
    input: { ...input, problem },
    history,
    example,
    patch: Object.keys(patch).length > 0 ? patch : undefined,
    ready: problem === null && history.problem === null,
  };
}

/** The fields, and what they change in every job. */
export function PatchFields({ fields, refused }: { fields: PatchFieldsState; refused: readonly FieldProblem[] }) {
  const t = useTranslations("bulk");
  const { input, history, example } = fields;
  const after = objectOf(input);
  return (
    <>
      <JsonField
        label={t(example ? "exampleData" : "patchInput")}
        hint={t(example ? "exampleHint" : "patchHint")}
        json={input}
        error={refusedAt(refused, "patch.initial_data") ?? refusedAt(refused, "patch")}
        rows={example ? 8 : 3}
      />
      <details className="more">
        <summary>{t("patchHistory")}</summary>
        <JsonField
          label={t("patchHistory")}
          hint={t("patchHint")}
          json={history}
          error={refusedAt(refused, "patch.state_history")}
          rows={3}
        />
      </details>
      {example && after ? <JsonDiff label={t("everyJob")} before={example} after={after} /> : null}
    </>
  );
}
