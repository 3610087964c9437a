"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { refusedAt } from "@/components/data/refused-at";
import { shortId } from "@/components/job/job-facts";
import { awaitedSignal } from "@/components/job/verbs/job-verbs";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { JsonField, useJsonText } from "@/components/ui/json-field";

/** Sends the signal that the job waits for, perhaps with data. */
export function SignalDialog({ detail, history, status, stale, onClose }: VerbDialogProps) {
  const t = useTranslations("verbs.signal");
  const act = useVerb(detail.job_id, history.refresh);
  const payload = useJsonText(undefined);
  // The name that was asked about stays, though the job may go on while somebody types.
  const [signal] = useState(() => awaitedSignal(history.view, status) ?? "");
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { signal })}
      consequence={t("consequence", { id: shortId(detail.job_id), state: detail.state })}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      stale={stale}
      incomplete={payload.problem !== null}
      onConfirm={async () => {
        await act("signal", payload.value === undefined ? {} : { payload: payload.value }, signal);
      }}
    >
      {(refused) => (
        <JsonField
          label={t("payload")}
          hint={t("payloadHint")}
          json={payload}
          error={refusedAt(refused, "payload")}
          rows={6}
          autoFocus
        />
      )}
    </ConfirmDialog>
  );
}
