"use client";
import { useLocale, useTranslations } from "next-intl";
import { ShortId } from "@/components/jobs/short-id";
import { Status } from "@/components/status/status";
import { Button } from "@/components/ui/button";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { SelectionAnswer } from "@/lib/api/bulk";

const SHOWN = 5;

export interface FrozenPreviewProps {
  selection: SelectionAnswer | undefined;
  error: unknown;
  onFreezeAgain: () => void;
}

/** Which jobs it will be, as they were when they were counted: how many, some of them, and how long that holds. */
export function FrozenPreview({ selection, error, onFreezeAgain }: FrozenPreviewProps) {
  const t = useTranslations("bulk");
  const locale = useLocale();
  const expired = useExpired(selection);
  if (!selection) {
    return error ? (
      <FailedPicture title={t("freezeFailed")} error={error} onRetry={onFreezeAgain} />
    ) : (
      <LoadingRows rows={3} what={t("preview")} />
    );
  }
  const { count, sample, truncated } = selection;
  return (
    <section className="sec frozen" aria-label={t("preview")} data-frozen={count}>
      <header>
        <h3 className="sec-h">{t("jobs", { count })}</h3>
        <span className="s12 t3 end">
          {expired ? (
            <Button size="sm" onClick={onFreezeAgain}>
              {t("freezeAgain")}
            </Button>
          ) : (
            t.rich("holds", { time: () => <RelativeTime at={selection.expires_at} /> })
          )}
        </span>
      </header>
      {truncated ? (
        <p className="note" data-s="retrying">
          {t("truncated", { count: new Intl.NumberFormat(locale).format(count) })}
        </p>
      ) : null}
      <ul className="boxed fail-list">
        {sample.slice(0, SHOWN).map((row) => (
          <li className="event-row" key={row.job_id}>
            <ShortId id={row.job_id} />
            <span className="t2 clip">
              {row.blueprint_name} <span className="t3">{row.state}</span>
            </span>
            <Status status={row.display_status} />
          </li>
        ))}
      </ul>
      {count > SHOWN ? (
        <p className="s12 t3">{t("andMore", { count: count - Math.min(SHOWN, sample.length) })}</p>
      ) : null}
    </section>
  );
}

/** True once the server may have forgotten the selection. */
export function useExpired(selection: SelectionAnswer | undefined): boolean {
  const nowMs = useNow();
  return selection !== undefined && nowMs !== null && Date.parse(selection.expires_at) <= nowMs;
}
