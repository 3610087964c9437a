"use client";
import { useTranslations } from "next-intl";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import type { EditedData } from "@/components/job/verbs/edited-data";
import { JsonDiff } from "@/components/ui/json-diff";
import { JsonField, objectOf } from "@/components/ui/json-field";

/** A job's data to be put right, each with what it changes. */
export function DataFields({
  data,
  refused,
  asOf = false,
}: {
  data: EditedData;
  refused: readonly FieldProblem[];
  /** The state history is an earlier one. */
  asOf?: boolean;
}) {
  const t = useTranslations("verbs.data");
  const input = objectOf(data.input);
  const history = objectOf(data.history);
  const both = { before: { ...data.input.before }, after: input };
  return (
    <>
      <JsonField
        label={t("input")}
        json={data.input}
        error={refusedAt(refused, "patch.initial_data") ?? refusedAt(refused, "initial_data")}
        autoFocus
      />
      <JsonField
        label={t(asOf ? "historyAsOf" : "history")}
        json={data.history}
        error={refusedAt(refused, "patch.state_history") ?? refusedAt(refused, "state_history")}
      />
      {both.after && history ? (
        <JsonDiff
          label={t("diff")}
          before={{ initial_data: both.before, state_history: data.history.before }}
          after={{ initial_data: both.after, state_history: history }}
        />
      ) : null}
    </>
  );
}
