"use client";
import { useTranslations } from "next-intl";
import { shortId } from "@/components/job/job-facts";
import type { JobVerb } from "@/components/job/verbs/job-verbs";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { JobView } from "@/lib/job-view";

type PlainVerb = Extract<JobVerb, "pause" | "resume" | "retry" | "giveUp" | "cancel">;

const DANGER: ReadonlySet<PlainVerb> = new Set(["cancel", "giveUp"]);

/** A verb that needs nothing but a yes, and perhaps a reason. */
export function PlainDialog({ verb, detail, history, stale, onClose }: VerbDialogProps & { verb: PlainVerb }) {
  const t = useTranslations("verbs");
  const act = useVerb(detail.job_id, history.refresh);
  const { state } = detail;
  const open = openTasks(history.view);
  const withChild =
    verb === "cancel" && history.view.steps.at(-1)?.child && history.view.steps.at(-1)?.endedAt === null;
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t(`${verb}.title`, { id: shortId(detail.job_id) })}
      consequence={
        <>
          {t(`${verb}.consequence`, { state, open })} {withChild ? t("cancel.child") : null}
        </>
      }
      confirmLabel={t(`${verb}.confirm`, { state })}
      keepLabel={t(`${verb}.keep`)}
      danger={DANGER.has(verb)}
      askReason
      stale={stale}
      onConfirm={async (reason) => {
        await act(verb, reason === undefined ? {} : { reason });
      }}
    />
  );
}

function openTasks(view: JobView): number {
  const tasks = view.steps.at(-1)?.tasks ?? [];
  return tasks.filter(({ status }) => status === "queued" || status === "running" || status === "retrying").length;
}
