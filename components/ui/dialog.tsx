"use client";
import { clsx } from "clsx";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { IconButton } from "@/components/ui/button";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  footer?: ReactNode;
  /** Pixels; the dialog is never wider than the screen. */
  width?: number | undefined;
  className?: string;
  /** Work is under way: Escape and the backdrop do nothing. */
  locked?: boolean;
}

/** A modal on the native `<dialog>`: the browser keeps the focus in and gives it back. Mark the first focus by `data-autofocus`. */
export function Dialog({
  open,
  onClose,
  title,
  children,
  footer,
  width = 480,
  className,
  locked = false,
}: DialogProps) {
  const t = useTranslations("common");
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);

  function onBackdrop(event: MouseEvent<HTMLDialogElement>) {
    if (event.target === event.currentTarget && !locked) onClose();
  }

  return (
    <dialog
      ref={ref}
      className={clsx("dialog", className)}
      style={{ "--dialog-w": `${width}px` } as React.CSSProperties}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!locked) onClose();
      }}
      onClose={onClose}
      onMouseDown={onBackdrop}
    >
      {open ? (
        <>
          <div className="dialog-h">
            <h2 id={titleId}>{title}</h2>
            <IconButton icon={X} label={t("close")} variant="quiet" size="sm" disabled={locked} onClick={onClose} />
          </div>
          <div className="dialog-b">{children}</div>
          {footer ? <div className="dialog-f">{footer}</div> : null}
        </>
      ) : null}
    </dialog>
  );
}
