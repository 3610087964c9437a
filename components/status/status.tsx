import { clsx } from "clsx";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { STATUS_LOOK } from "@/components/status/status-table";
import { Icon } from "@/components/ui/icon";
import type { DisplayStatus } from "@/lib/job-status";

export interface StatusProps {
  status: DisplayStatus;
  /** With a tinted ground, for a header. */
  pill?: boolean;
  /** Said after the word: a duration, "attempt 3 of 4". */
  children?: ReactNode;
  className?: string;
}

/** A status as icon and word, in its colour. */
export function Status({ status, pill, children, className }: StatusProps) {
  const t = useTranslations("status");
  return (
    <span className={clsx("status", pill && "pill", className)} data-s={status}>
      <Icon as={STATUS_LOOK[status].icon} size={pill ? 14 : 16} />
      <span className="word">{t(status)}</span>
      {children}
    </span>
  );
}

/** Only the drawing, for where the word stands beside it. */
export function StatusIcon({ status, size = 16 }: { status: DisplayStatus; size?: 12 | 14 | 16 | 18 | 20 }) {
  return (
    <span className="status" data-s={status}>
      <Icon as={STATUS_LOOK[status].icon} size={size} />
    </span>
  );
}
