"use client";
import { useFormatter, useTranslations } from "next-intl";
import { axisOf, BUCKET_MS, hourlyRates, sumsOf } from "@/components/overview/buckets";
import { CHART, ChartFrame, PLOT_HEIGHT, PLOT_WIDTH } from "@/components/overview/chart-frame";
import { ChartTable } from "@/components/overview/chart-table";
import { Duration } from "@/components/ui/duration";
import type { EndedBucket, Overview } from "@/lib/api/overview";

const HOUR_MS = 4 * BUCKET_MS;

/** The share of jobs that failed, hour by hour, and how long jobs take. */
export function FailurePanel({
  buckets,
  duration,
}: {
  buckets: readonly EndedBucket[];
  duration: Overview["duration"];
}) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const { rate } = sumsOf(buckets);
  const rates = hourlyRates(buckets);
  const { top, steps } = axisOf(100 * Math.max(0, ...rates.map((each) => each.rate ?? 0)));
  const percent = (share: number) => format.number(share, { style: "percent", maximumFractionDigits: 1 });
  return (
    <section className="panel chart-panel">
      <div className="panel-h">
        <h2>{t("failureRate")}</h2>
        <span className="legend">
          <span className="legend-key line" data-s="failed">
            <i aria-hidden="true" />
            <span className="t2">{t("failed")}</span> <b>{rate === null ? "–" : percent(rate)}</b>
          </span>
          <span className="legend-key">
            <span className="t2">{t("p50")}</span>{" "}
            <b>{duration.p50_ms === null ? "–" : <Duration ms={duration.p50_ms} />}</b>
          </span>
          <span className="legend-key">
            <span className="t2">{t("p95")}</span>{" "}
            <b>{duration.p95_ms === null ? "–" : <Duration ms={duration.p95_ms} />}</b>
          </span>
        </span>
      </div>
      <ChartFrame
        label={t("failureLabel", { rate: rate === null ? "–" : percent(rate) })}
        steps={steps.map((step) => ({ at: step / top, text: percent(step / 100) }))}
        from={buckets[0]?.from}
        columns={rates.length}
        columnMs={HOUR_MS}
      >
        {runsOf(rates.map((each) => each.rate)).map((run) => (
          <RateLine key={run[0]?.index} run={run} columns={rates.length} top={top} />
        ))}
      </ChartFrame>
      <ChartTable
        label={t("failureRate")}
        columns={[t("failed")]}
        rows={[...rates]
          .reverse()
          .flatMap(({ from, rate: share }) => (share === null ? [] : [{ at: from, cells: [percent(share)] }]))}
      />
    </section>
  );
}

interface RatePoint {
  index: number;
  rate: number;
}

function RateLine({ run, columns, top }: { run: readonly RatePoint[]; columns: number; top: number }) {
  const width = PLOT_WIDTH / columns;
  const foot = CHART.top + PLOT_HEIGHT;
  const points = run.map(({ index, rate }) => ({
    x: CHART.left + (index + 0.5) * width,
    y: foot - ((rate * 100) / top) * PLOT_HEIGHT,
  }));
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  if (points.length === 1) return <circle className="rate-dot" cx={first.x} cy={first.y} r="2.5" />;
  return (
    <>
      <polygon className="rate-area" points={`${first.x},${foot} ${line} ${last.x},${foot}`} />
      <polyline className="rate-line" points={line} />
    </>
  );
}

/** Hours in which nothing ended break the line: there is no rate to draw. */
function runsOf(rates: readonly (number | null)[]): RatePoint[][] {
  const runs: RatePoint[][] = [];
  let open: RatePoint[] | null = null;
  for (const [index, rate] of rates.entries()) {
    if (rate === null) {
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      runs.push(open);
    }
    open.push({ index, rate });
  }
  return runs;
}
