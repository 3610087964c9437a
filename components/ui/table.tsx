"use client";
import { clsx } from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ComponentProps, ReactNode } from "react";
import { Icon } from "@/components/ui/icon";

/** A table in its own scroll frame; focusable, so that it can be scrolled by keyboard. `label` names table and frame. */
export function Table({
  label,
  compact,
  className,
  children,
  ...rest
}: ComponentProps<"table"> & { label: string; compact?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (axe scrollable-region-focusable)
    <section className="table-frame" aria-label={label} tabIndex={0}>
      <table {...rest} className={clsx("table", compact && "compact", className)} aria-label={label}>
        {children}
      </table>
    </section>
  );
}

export interface ColumnHeadProps {
  children?: ReactNode;
  numeric?: boolean;
  /** The heading is only for screen readers (a column of checkboxes or buttons). */
  hidden?: boolean;
  /** Pixels. */
  width?: number;
  /** Given for a sortable column: the way it's sorted now, or null. */
  sorted?: "ascending" | "descending" | null;
  onSort?: () => void;
}

export function ColumnHead({ children, numeric, hidden, width, sorted, onSort }: ColumnHeadProps) {
  const t = useTranslations("common");
  return (
    <th
      scope="col"
      className={numeric ? "num" : undefined}
      style={width ? { width } : undefined}
      aria-sort={sorted ?? undefined}
    >
      {onSort ? (
        <button
          type="button"
          onClick={onSort}
          title={sorted ? t(sorted === "ascending" ? "sortedAscending" : "sortedDescending") : undefined}
        >
          {children}
          {sorted ? <Icon as={sorted === "ascending" ? ArrowUp : ArrowDown} size={12} /> : null}
        </button>
      ) : hidden ? (
        <span className="vh">{children}</span>
      ) : (
        children
      )}
    </th>
  );
}
