"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { shortId } from "@/components/job/job-facts";
import { refusedAt } from "@/components/job/verbs/refused-at";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";

/** As the API has it; imported from there it would bring the whole schema along. */
export const PRIORITY_BOUND = 1000;

/** How early the job's tasks are taken from their queues. */
export function PriorityDialog({ detail, history, stale, onClose }: VerbDialogProps) {
  const t = useTranslations("verbs.priority");
  const act = useVerb(detail.job_id, history.refresh);
  const [typed, setTyped] = useState(String(history.view.priority ?? 0));
  const priority = Number(typed);
  const wrong = typed.trim() === "" || !Number.isInteger(priority) || Math.abs(priority) > PRIORITY_BOUND;
  const range = t("range", { least: -PRIORITY_BOUND, most: PRIORITY_BOUND });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { id: shortId(detail.job_id) })}
      consequence={t("consequence")}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      stale={stale}
      incomplete={wrong}
      onConfirm={async () => {
        await act("priority", { priority });
      }}
    >
      {(refused) => (
        <Field label={t("value")} hint={range} error={wrong ? range : refusedAt(refused, "priority")}>
          {(control) => (
            <input
              {...control}
              className="input"
              data-autofocus
              inputMode="numeric"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
      )}
    </ConfirmDialog>
  );
}
