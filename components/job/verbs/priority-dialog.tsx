"use client";
import { useTranslations } from "next-intl";
import { PriorityField, usePriority } from "@/components/bulk/priority-field";
import { shortId } from "@/components/job/job-facts";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";

/** How early the job's tasks are taken from their queues. */
export function PriorityDialog({ detail, history, stale, onClose }: VerbDialogProps) {
  const t = useTranslations("verbs.priority");
  const act = useVerb(detail.job_id, history.refresh);
  const priority = usePriority(history.view.priority ?? 0);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { id: shortId(detail.job_id) })}
      consequence={t("consequence")}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      stale={stale}
      incomplete={priority.wrong}
      onConfirm={async () => {
        await act("priority", { priority: priority.value });
      }}
    >
      {(refused) => <PriorityField priority={priority} refused={refused} />}
    </ConfirmDialog>
  );
}
