"use client";
import { useTranslations } from "next-intl";
import { shortId } from "@/components/job/job-facts";
import { DataFields } from "@/components/job/verbs/data-fields";
import { useEditedData } from "@/components/job/verbs/edited-data";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { stateHistoryAt } from "@/lib/view/data-at";

/** Out of quarantine, with data put right. */
export function RequeueDialog({ detail, history, stale, onClose }: VerbDialogProps) {
  const t = useTranslations("verbs.requeue");
  const act = useVerb(detail.job_id, history.refresh);
  const data = useEditedData(detail.input, stateHistoryAt(history.events, Number.POSITIVE_INFINITY));
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { id: shortId(detail.job_id) })}
      consequence={t("consequence", { state: detail.error?.state ?? detail.state })}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      askReason
      stale={stale}
      incomplete={!data.ready}
      width={720}
      onConfirm={async (reason) => {
        await act("requeue", { reason, patch: data.patch });
      }}
    >
      {(refused) => <DataFields data={data} refused={refused} />}
    </ConfirmDialog>
  );
}
