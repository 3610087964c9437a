"use client";
import { Inbox, ListFilter, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { ApiError, errorText } from "@/components/data/api-error";
import { Button } from "@/components/ui/button";
import { Icon, type LucideIcon } from "@/components/ui/icon";

// Four pictures that can't be mistaken for one another: nothing yet, nothing that matches, not here yet, and broken.

export interface PictureProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: LucideIcon;
}

/** Nothing exists yet: say what would be here and offer the first step. */
export function EmptyPicture({ title, children, action, icon = Inbox }: PictureProps) {
  return (
    <div className="picture" data-picture="empty">
      <Icon as={icon} size={20} />
      <b>{title}</b>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** There is something, but the filters leave nothing: offer to drop one. */
export function FilteredPicture({ title, children, action }: PictureProps) {
  return (
    <div className="picture" data-picture="filtered" role="status">
      <Icon as={ListFilter} size={20} />
      <b>{title}</b>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** It could not be loaded: what happened, the request id, and another try. */
export function FailedPicture({ title, error, onRetry }: { title?: string; error: unknown; onRetry?: () => void }) {
  const t = useTranslations("common");
  return (
    <div className="picture" data-picture="failed" data-s="failed" role="alert">
      <Icon as={TriangleAlert} size={20} />
      <b>{title ?? t("failedTitle")}</b>
      <p>{errorText(error, t)}</p>
      {error instanceof ApiError && error.requestId ? (
        <p className="detail mono">{t("requestId", { id: error.requestId })}</p>
      ) : null}
      {onRetry ? <Button onClick={onRetry}>{t("retry")}</Button> : null}
    </div>
  );
}

const SLOW_AFTER_MS = 10_000;

/** Rows of grey where rows will be. After ten seconds it says what is slow, and lets go when `onCancel` is given. */
export function LoadingRows({ rows = 8, what, onCancel }: { rows?: number; what: string; onCancel?: () => void }) {
  const t = useTranslations("common");
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="skel-rows" data-picture="loading" role="status" aria-busy="true">
      <span className="vh">
        {t("loading")}: {what}
      </span>
      {slow ? (
        <p className="slow">
          {t("slow", { what })}{" "}
          {onCancel ? (
            <Button size="sm" onClick={onCancel}>
              {t("stopWaiting")}
            </Button>
          ) : null}
        </p>
      ) : null}
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same and never move
        <div key={index} aria-hidden="true">
          <span className="skel" />
          <span className="skel" />
          <span className="skel" style={{ width: `${WIDTHS[index % WIDTHS.length]}%` }} />
          <span className="skel" />
        </div>
      ))}
    </div>
  );
}

const WIDTHS = [72, 54, 63, 41, 68, 49];

/** One grey line, for a figure or a title that is on its way. */
export function Skeleton({ width = 96 }: { width?: number }) {
  return <span className="skel" style={{ width }} aria-hidden="true" />;
}
