"use client";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { FINAL_ACTIONS, TRIED_ACTIONS } from "@/components/bulk/bulk-actions";
import { CanaryFields, type CanaryWish } from "@/components/bulk/canary-fields";
import { FrozenPreview, useExpired } from "@/components/bulk/frozen-preview";
import { PatchFields, usePatchFields } from "@/components/bulk/patch-fields";
import { PriorityField, usePriority } from "@/components/bulk/priority-field";
import { useFrozenSelection } from "@/components/bulk/use-selection";
import { api } from "@/components/data/api";
import { isStale, useLiveStatus } from "@/components/data/live";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useNow } from "@/components/ui/ticker";
import { useToasts } from "@/components/ui/toasts";
import type { BulkAction, SelectionBody } from "@/lib/api/bulk";
import type { JsonObject } from "@/lib/json";

export interface BulkDialogProps {
  action: BulkAction;
  wish: SelectionBody;
  /** For a requeue with edited data: the data of one of the jobs, to begin from. */
  example?: JsonObject | undefined;
  /** Jobs that go first when nothing else is chosen. */
  canary?: number;
  onClose: () => void;
  onStarted?: () => void;
}

/** One thing to be done to many jobs: which ones, what follows, why; then the page of the bulk job. */
export default function BulkDialog({ action, wish, example, canary = 0, onClose, onStarted }: BulkDialogProps) {
  const t = useTranslations("bulk");
  const router = useRouter();
  const toasts = useToasts();
  const live = useLiveStatus();
  const now = useNow();
  const frozen = useFrozenSelection(wish);
  const expired = useExpired(frozen.data);
  const patch = usePatchFields(example);
  const priority = usePriority();
  const [tried, setTried] = useState<CanaryWish>({ count: canary, goOn: "ask" });
  const { data: selection } = frozen;
  const count = selection?.count ?? 0;
  const first = Math.min(tried.count, Math.max(0, count - 1));
  const requeues = action === "requeue";

  async function start(reason: string | undefined) {
    const { job_id: id } = await api.post<{ job_id: string }>("/api/v1/bulk", {
      selection_id: selection?.selection_id,
      action,
      reason,
      ...(requeues && patch.patch ? { patch: patch.patch } : {}),
      ...(action === "set_priority" ? { priority: priority.value } : {}),
      ...(first > 0 ? { canary: first, continue: tried.goOn } : {}),
    });
    toasts.success(t("started", { count }));
    onStarted?.();
    router.push(`/bulk/${id}`);
  }

  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t(`action.${action}.title`, { count })}
      consequence={t(`action.${action}.consequence`)}
      confirmLabel={first > 0 ? t("confirmCanary", { count: first }) : t(`action.${action}.confirm`, { count })}
      keepLabel={t("keep")}
      danger={FINAL_ACTIONS.has(action)}
      askReason
      stale={now !== null && isStale(live, now)}
      incomplete={count === 0 || expired || (requeues && !patch.ready) || (action === "set_priority" && priority.wrong)}
      width={requeues ? 720 : 560}
      onConfirm={start}
    >
      {(refused) => (
        <>
          <FrozenPreview selection={selection} error={frozen.error} onFreezeAgain={() => void frozen.refetch()} />
          {requeues ? <PatchFields fields={patch} refused={refused} /> : null}
          {action === "set_priority" ? <PriorityField priority={priority} refused={refused} /> : null}
          {TRIED_ACTIONS.has(action) && count > 1 ? (
            <CanaryFields wish={tried} count={count} onChange={setTried} refused={refused} />
          ) : null}
        </>
      )}
    </ConfirmDialog>
  );
}
