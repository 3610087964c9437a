"use client";
import { useFormatter, useTranslations } from "next-intl";
import { axisOf, BUCKET_MS, sumsOf } from "@/components/overview/buckets";
import { CHART, ChartFrame, PLOT_HEIGHT, PLOT_WIDTH } from "@/components/overview/chart-frame";
import { ChartTable } from "@/components/overview/chart-table";
import { useHydrated } from "@/components/ui/ticker";
import type { EndedBucket } from "@/lib/api/overview";

/** Jobs that ended, a bar for each quarter of an hour of the last day; failures are hatched, not only red. */
export function EndedPanel({ buckets }: { buckets: readonly EndedBucket[] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const sums = sumsOf(buckets);
  const { top, steps } = axisOf(Math.max(0, ...buckets.map((bucket) => bucket.succeeded + bucket.failed)));
  return (
    <section className="panel chart-panel">
      <div className="panel-h">
        <h2>{t("ended")}</h2>
        <span className="s12 t3">{t("perQuarter")}</span>
        <span className="legend">
          <Key s="succeeded" word={t("succeeded")} count={format.number(sums.succeeded)} />
          <Key s="failed" word={t("failed")} count={format.number(sums.failed)} />
        </span>
      </div>
      <ChartFrame
        label={t("endedLabel", { succeeded: sums.succeeded, failed: sums.failed })}
        steps={steps.map((step) => ({ at: step / top, text: format.number(step, { notation: "compact" }) }))}
        from={buckets[0]?.from}
        columns={buckets.length}
        columnMs={BUCKET_MS}
      >
        <Hatch />
        {buckets.map((bucket, index) => (
          <Bar key={bucket.from} bucket={bucket} index={index} columns={buckets.length} top={top} />
        ))}
      </ChartFrame>
      <ChartTable
        label={t("ended")}
        columns={[t("succeeded"), t("failed"), t("cancelled")]}
        rows={[...buckets]
          .reverse()
          .filter((bucket) => bucket.succeeded + bucket.failed + bucket.cancelled > 0)
          .map((bucket) => ({
            at: bucket.from,
            cells: [bucket.succeeded, bucket.failed, bucket.cancelled].map((count) => format.number(count)),
          }))}
      />
    </section>
  );
}

function Hatch() {
  return (
    <defs>
      <pattern id="failed-hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="4" height="4" className="fill-failed" />
        <line x1="0" y1="0" x2="0" y2="4" className="hatch-line" />
      </pattern>
    </defs>
  );
}

interface BarProps {
  bucket: EndedBucket;
  index: number;
  columns: number;
  top: number;
}

function Bar({ bucket, index, columns, top }: BarProps) {
  const t = useTranslations("overview");
  const hydrated = useHydrated();
  const width = PLOT_WIDTH / columns;
  const x = CHART.left + index * width;
  const foot = CHART.top + PLOT_HEIGHT;
  const good = (bucket.succeeded / top) * PLOT_HEIGHT;
  const bad = (bucket.failed / top) * PLOT_HEIGHT;
  if (good + bad === 0) return null;
  const time = hydrated
    ? new Date(bucket.from).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })
    : "";
  return (
    <g>
      <title>{t("barTitle", { time, succeeded: bucket.succeeded, failed: bucket.failed })}</title>
      <rect className="fill-succeeded" x={x + 0.5} width={width - 1} y={foot - good} height={good} />
      <rect fill="url(#failed-hatch)" x={x + 0.5} width={width - 1} y={foot - good - bad} height={bad} />
    </g>
  );
}

export function Key({ s, word, count }: { s: "succeeded" | "failed"; word: string; count: string }) {
  return (
    <span className="legend-key" data-s={s}>
      <i aria-hidden="true" />
      <span className="t2">{word}</span> <b>{count}</b>
    </span>
  );
}
