"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { refusedAt } from "@/components/data/refused-at";
import { useJobGraph } from "@/components/job/use-job";
import { exitWords } from "@/components/job/verbs/exit-words";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { JsonField, useJsonText } from "@/components/ui/json-field";

/** Ends the current step by one of the words that lead out of it, with data of one's own. */
export function CompleteDialog({ detail, history, stale, onClose }: VerbDialogProps) {
  const t = useTranslations("verbs.complete");
  const act = useVerb(detail.job_id, history.refresh);
  const graph = useJobGraph(detail.job_id, detail.blueprint_hash);
  const [step] = useState(history.view.steps.at(-1));
  const state = step?.state ?? detail.state;
  const exits = exitWords(graph.data?.document.states[state], history.events, step?.entry ?? 0);
  const [picked, setPicked] = useState<string | null>(null);
  const outcome = picked ?? exits[0]?.word ?? "";
  const data = useJsonText(undefined);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { state })}
      consequence={t("consequence")}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      askReason
      stale={stale}
      incomplete={outcome === "" || data.problem !== null}
      width={560}
      onConfirm={async (reason) => {
        await act("complete", { outcome, data: data.value, reason });
      }}
    >
      {(refused) => (
        <>
          <Field label={t("outcome")} error={refusedAt(refused, "outcome")} required>
            {(control) => (
              <select
                {...control}
                className="input"
                data-autofocus
                value={outcome}
                onChange={(event) => setPicked(event.target.value)}
              >
                {exits.map(({ word, to }) => (
                  <option key={word} value={word}>
                    {t("leadsTo", { outcome: word, state: to })}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <JsonField
            label={t("data")}
            hint={t("dataHint", { state })}
            json={data}
            error={refusedAt(refused, "data")}
            rows={6}
          />
        </>
      )}
    </ConfirmDialog>
  );
}
