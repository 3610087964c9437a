"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { readApprovers } from "@/components/approvals/approver-words";
import { api } from "@/components/data/api";
import { refusedAt } from "@/components/data/refused-at";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import type { ApprovalDetail, DelegateBody } from "@/lib/api/approval";
import { ROLES } from "@/lib/roles";

const MAX_COMMENT = 4_000;

export interface DelegateDialogProps {
  approval: ApprovalDetail;
  stale: boolean;
  onClose: () => void;
  onDone: () => void;
}

/** Asks more people to decide. */
export default function DelegateDialog({ approval, stale, onClose, onDone }: DelegateDialogProps) {
  const t = useTranslations("approvals.delegate");
  const [typed, setTyped] = useState("");
  const [comment, setComment] = useState("");
  const { to, wrong } = readApprovers(typed);
  const misread = wrong.length > 0 ? t("toWrong", { words: wrong.join(", ") }) : undefined;
  async function send() {
    const body: DelegateBody = { to, version: approval.version };
    if (comment.trim()) body.comment = comment.trim();
    await api.post(`/api/v1/approvals/${approval.approval_id}/delegate`, body);
    onDone();
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title")}
      consequence={t("consequence")}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      stale={stale}
      incomplete={to.length === 0 || wrong.length > 0}
      onConfirm={send}
    >
      {(refused) => (
        <>
          <Field label={t("to")} hint={t("toHint")} error={misread ?? refusedAt(refused, "to")} required>
            {(control) => (
              <>
                <input
                  {...control}
                  className="input"
                  data-autofocus
                  list="delegate-roles"
                  autoComplete="off"
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                />
                <datalist id="delegate-roles">
                  {ROLES.map((role) => (
                    <option key={role} value={`role:${role}`} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field label={t("comment")} error={refusedAt(refused, "comment")}>
            {(control) => (
              <textarea
                {...control}
                className="input"
                rows={2}
                maxLength={MAX_COMMENT}
                value={comment}
                onChange={(event) => setComment(event.target.value)}
              />
            )}
          </Field>
        </>
      )}
    </ConfirmDialog>
  );
}
