"use client";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useHydrated } from "@/components/ui/ticker";

/** The drawing's own units; it scales with the panel. */
export const CHART = { width: 560, height: 170, left: 44, right: 8, top: 8, bottom: 22 } as const;
export const PLOT_WIDTH = CHART.width - CHART.left - CHART.right;
export const PLOT_HEIGHT = CHART.height - CHART.top - CHART.bottom;

export interface ChartFrameProps {
  label: string;
  /** From the axis' foot up, `value` from 0 to 1. */
  steps: readonly { at: number; text: string }[];
  /** Instants of the first and last column. */
  from: string | undefined;
  columns: number;
  columnMs: number;
  children: ReactNode;
}

/** Grid and axes of a chart over a day. It is a picture; its figures stand in a table beside it. */
export function ChartFrame({ label, steps, from, columns, columnMs, children }: ChartFrameProps) {
  const hours = useHours(from, columns, columnMs);
  return (
    <svg className="chart" viewBox={`0 0 ${CHART.width} ${CHART.height}`} role="img" aria-label={label}>
      {steps.map(({ at, text }) => {
        const y = CHART.top + PLOT_HEIGHT * (1 - at);
        return (
          <g key={text}>
            <line className={at === 0 ? "axis" : "grid"} x1={CHART.left} x2={CHART.width - CHART.right} y1={y} y2={y} />
            <text x={CHART.left - 6} y={y + 3.5} textAnchor="end">
              {text}
            </text>
          </g>
        );
      })}
      {children}
      {hours.map(({ share, text }) => (
        <text
          key={share}
          x={CHART.left + PLOT_WIDTH * share}
          y={CHART.height - 6}
          textAnchor={share === 0 ? "start" : share === 1 ? "end" : "middle"}
        >
          {text}
        </text>
      ))}
    </svg>
  );
}

const MARKS = 6;

/** Times along the axis, in the person's zone; none before the browser has said which it is. */
function useHours(from: string | undefined, columns: number, columnMs: number): { share: number; text: string }[] {
  const t = useTranslations("overview");
  const locale = useLocale();
  const hydrated = useHydrated();
  if (!hydrated || from === undefined) return [];
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const fromMs = Date.parse(from);
  return Array.from({ length: MARKS + 1 }, (_, index) => ({
    share: index / MARKS,
    text: index === MARKS ? t("now") : clock.format(fromMs + (columns * columnMs * index) / MARKS),
  }));
}
