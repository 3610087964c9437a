"use client";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { IconButton } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";

export interface ToastLink {
  href: string;
  label: string;
}

export interface Toasts {
  /** The person's own action worked; goes away by itself after 6 s. */
  success: (text: string, link?: ToastLink) => void;
  /** It didn't; stays until it is dismissed. */
  error: (text: string, link?: ToastLink) => void;
}

interface Toast {
  id: number;
  kind: "success" | "error";
  text: string;
  link: ToastLink | undefined;
}

const SUCCESS_MS = 6_000;
const MOST = 5;
const ToastContext = createContext<Toasts | null>(null);

/** Answers to what the person did, never news about jobs: those belong to the page. */
export function useToasts(): Toasts {
  const toasts = useContext(ToastContext);
  if (!toasts) throw new Error("useToasts is used outside of ToastProvider");
  return toasts;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const lastId = useRef(0);

  const dismiss = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const add = useCallback(
    (kind: Toast["kind"], text: string, link: ToastLink | undefined) => {
      lastId.current += 1;
      const id = lastId.current;
      setToasts((all) => [...all, { id, kind, text, link }].slice(-MOST));
      if (kind === "success") setTimeout(() => dismiss(id), SUCCESS_MS);
    },
    [dismiss],
  );
  const value = useMemo<Toasts>(
    () => ({ success: (text, link) => add("success", text, link), error: (text, link) => add("error", text, link) }),
    [add],
  );

  return (
    <ToastContext value={value}>
      {children}
      <ToastList toasts={toasts} onDismiss={dismiss} />
    </ToastContext>
  );
}

function ToastList({ toasts, onDismiss }: { toasts: Toast[]; onDismiss: (id: number) => void }) {
  const t = useTranslations("common");
  const shell = useTranslations("shell");
  return (
    <section className="toasts" aria-label={shell("notifications")} aria-live="polite">
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className="toast"
          data-s={toast.kind === "error" ? "failed" : "succeeded"}
          role={toast.kind === "error" ? "alert" : undefined}
        >
          <Icon as={toast.kind === "error" ? CircleAlert : CircleCheck} />
          <div className="body">
            {toast.text}{" "}
            {toast.link ? (
              <Link className="linkish" href={toast.link.href} onClick={() => onDismiss(toast.id)}>
                {toast.link.label}
              </Link>
            ) : null}
          </div>
          <IconButton icon={X} label={t("dismiss")} variant="quiet" size="sm" onClick={() => onDismiss(toast.id)} />
        </div>
      ))}
    </section>
  );
}
