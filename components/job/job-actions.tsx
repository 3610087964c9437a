"use client";
import { Ban, RotateCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import { isStale, useLiveStatus } from "@/components/data/live";
import { hasEnded, shortId } from "@/components/job/job-facts";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useNow } from "@/components/ui/ticker";
import { useToasts } from "@/components/ui/toasts";
import type { CancelAnswer, JobDetail, RetryAnswer } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";
import type { JobView } from "@/lib/job-view";

export interface JobActionsProps {
  detail: JobDetail;
  view: JobView;
  status: DisplayStatus;
  /** Reads job and history again, after an action or a conflict. */
  refresh: () => Promise<void>;
}

type Action = "cancel" | "retry";

/** Cancel and retry, each asked for once more; both refuse while what is shown may be old. */
export function JobActions({ detail, view, status, refresh }: JobActionsProps) {
  const t = useTranslations("job");
  const common = useTranslations("common");
  const [asking, setAsking] = useState<Action | null>(null);
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  const may = { cancel: detail.can.cancel && !hasEnded(status), retry: detail.can.retry && mayRetry(status) };
  const act = useAction(detail, refresh);
  const close = () => setAsking(null);

  useShortcut(
    { keys: "c", label: t("shortcut.cancel"), group: "page", run: () => setAsking("cancel") },
    may.cancel && !stale,
  );
  useShortcut(
    { keys: "r", label: t("shortcut.retry"), group: "page", run: () => setAsking("retry") },
    may.retry && !stale,
  );

  const blocked = { disabled: stale, title: stale ? common("staleAction") : undefined };
  const id = shortId(detail.job_id);
  return (
    <div className="job-actions">
      {may.retry ? (
        <Button icon={RotateCw} keys="r" {...blocked} onClick={() => setAsking("retry")}>
          {t("retry.button")}
        </Button>
      ) : null}
      {may.cancel ? (
        <Button icon={Ban} variant="danger" keys="c" {...blocked} onClick={() => setAsking("cancel")}>
          {t("cancel.button")}
        </Button>
      ) : null}
      <ConfirmDialog
        open={asking === "cancel"}
        onClose={close}
        title={t("cancel.title", { id })}
        consequence={t("cancel.consequence", { state: detail.state, open: openTasks(view) })}
        confirmLabel={t("cancel.confirm")}
        keepLabel={t("cancel.keep")}
        danger
        askReason
        stale={stale}
        onConfirm={(reason) => act("cancel", reason)}
      />
      <ConfirmDialog
        open={asking === "retry"}
        onClose={close}
        title={t("retry.title", { id })}
        consequence={t("retry.consequence", { state: detail.state })}
        confirmLabel={t("retry.confirm", { state: detail.state })}
        keepLabel={t("retry.keep")}
        askReason
        stale={stale}
        onConfirm={(reason) => act("retry", reason)}
      />
    </div>
  );
}

function mayRetry(status: JobActionsProps["status"]): boolean {
  return status === "failed" || status === "quarantined";
}

function openTasks(view: JobView): number {
  const tasks = view.steps.at(-1)?.tasks ?? [];
  return tasks.filter(({ status }) => status === "queued" || status === "running" || status === "retrying").length;
}

/** Does it and says so. Somebody or something was faster: shows the newer state instead of an error about the old one. */
function useAction(detail: JobDetail, refresh: () => Promise<void>) {
  const t = useTranslations("job");
  const words = useTranslations("status");
  const toasts = useToasts();
  return async (action: Action, reason: string | undefined) => {
    const path = `/api/v1/jobs/${detail.job_id}`;
    try {
      await api.post<CancelAnswer | RetryAnswer>(`${path}/${action}`, reason === undefined ? {} : { reason });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      const { display_status: now } = await api.get<Pick<JobDetail, "display_status">>(path, {
        query: { fields: "display_status" },
      });
      toasts.error(t("conflict", { status: words(now) }));
      await refresh();
      return;
    }
    toasts.success(t(`${action}.done`));
    await refresh();
  };
}
