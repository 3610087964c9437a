"use client";
import { ChevronLeft, ChevronRight, ChevronsLeft, ChevronsRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { IconButton } from "@/components/ui/button";

export interface EventPagerProps {
  /** Index of the page's first row. */
  from: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
}

/** Which rows of how many, and the way to the others; nothing when one page holds them all. */
export function EventPager({ from, pageSize, total, onPage }: EventPagerProps) {
  const t = useTranslations("job.events");
  const page = Math.floor(from / pageSize);
  const last = Math.max(0, Math.ceil(total / pageSize) - 1);
  return (
    <span className="row g4 end">
      <span className="s12 t3" role="status">
        {t("page", { from: total === 0 ? 0 : from + 1, to: Math.min(total, from + pageSize), total })}
      </span>
      {last > 0 ? (
        <>
          <Turn label={t("first")} icon={ChevronsLeft} disabled={page === 0} onClick={() => onPage(0)} />
          <Turn label={t("older")} icon={ChevronLeft} disabled={page === 0} onClick={() => onPage(page - 1)} />
          <Turn label={t("newer")} icon={ChevronRight} disabled={page === last} onClick={() => onPage(page + 1)} />
          <Turn label={t("last")} icon={ChevronsRight} disabled={page === last} onClick={() => onPage(last)} />
        </>
      ) : null}
    </span>
  );
}

function Turn(props: Omit<Parameters<typeof IconButton>[0], "variant" | "size">) {
  return <IconButton {...props} variant="quiet" size="sm" />;
}
