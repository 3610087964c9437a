"use client";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { ApiError, errorText, type FieldProblem } from "@/components/data/api-error";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";

export interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  /** A question that names the object: "Cancel job 01K9…?" */
  title: string;
  /** What follows, what is kept, what can't be undone. */
  consequence: ReactNode;
  /** A verb and its object: "Cancel the job". */
  confirmLabel: string;
  /** The safe choice, which has the focus: "Keep it running". */
  keepLabel: string;
  danger?: boolean;
  /** Ask for an optional reason, passed on to `onConfirm`. */
  askReason?: boolean;
  /** The data shown is old: confirming is refused until it's fresh. */
  stale?: boolean;
  /** Fields between the consequence and the reason; they are told what the server refused at which path. */
  children?: (refused: readonly FieldProblem[]) => ReactNode;
  /** What is filled in cannot be sent yet. */
  incomplete?: boolean;
  /** Pixels. */
  width?: number;
  /** Does it; the dialog closes when the promise resolves and shows the error when it rejects. */
  onConfirm: (reason: string | undefined) => Promise<void>;
}

/** Asks before something that can't be taken back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onClose, title, consequence, confirmLabel, keepLabel, danger, askReason, stale, onConfirm } = props;
  const { children, incomplete, width } = props;
  const t = useTranslations("common");
  const { reason, setReason, pending, error, refused, confirm } = useConfirm(open, onClose, onConfirm);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      locked={pending}
      width={width}
      footer={
        <>
          <Button data-autofocus onClick={onClose} disabled={pending}>
            {keepLabel}
          </Button>
          <Button
            variant={danger ? "danger" : "primary"}
            pending={pending}
            disabled={stale || incomplete}
            title={stale ? t("staleAction") : undefined}
            onClick={() => void confirm()}
          >
            {pending ? t("working") : confirmLabel}
          </Button>
        </>
      }
    >
      <div className="t2">{consequence}</div>
      {children?.(refused)}
      {askReason ? (
        <Field label={t("reason")} hint={t("reasonHint")}>
          {(control) => (
            <textarea
              {...control}
              className="input"
              rows={2}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      ) : null}
      {error ? (
        <p className="note" data-s="failed" role="alert">
          <Icon as={CircleAlert} />
          {error}
        </p>
      ) : null}
    </Dialog>
  );
}

function useConfirm(open: boolean, onClose: () => void, onConfirm: ConfirmDialogProps["onConfirm"]) {
  const t = useTranslations("common");
  const [reason, setReason] = useState("");
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<string>();
  const [refused, setRefused] = useState<readonly FieldProblem[]>([]);

  useEffect(() => {
    if (open) return;
    setReason("");
    setError(undefined);
    setRefused([]);
  }, [open]);

  async function confirm() {
    setPending(true);
    setError(undefined);
    setRefused([]);
    try {
      await onConfirm(reason.trim() || undefined);
      onClose();
    } catch (failure) {
      setError(errorText(failure, t));
      setRefused(failure instanceof ApiError ? failure.fields : []);
    } finally {
      setPending(false);
    }
  }

  return { reason, setReason, pending, error, refused, confirm };
}
