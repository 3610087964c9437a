/** One measured number. `value` null: it could not be measured, and `why` says why. */
export interface Figure {
  /** Of the table of measures in `docs/benchmarks.md`. */
  id: string;
  name: string;
  value: number | null;
  unit: string;
  /** What it must not fall short of, and what is wished for; `at most` for costs, `at least` for rates and ratios. */
  floor?: Limit;
  goal?: Limit;
  why?: string;
}

export type Limit = { atMost: number } | { atLeast: number };

/** The middle value; the mean of the two middle ones of an even count. Throws a RangeError for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError("the median of nothing");
  return (low + high) / 2;
}

/** The value that a share `q` (0 to 1) of the values does not exceed. Throws a RangeError for an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (found === undefined) throw new RangeError("a quantile of nothing");
  return found;
}

/** True when the limit is met; null when there is no value or no limit. */
export function isMet(value: number | null, limit: Limit | undefined): boolean | null {
  if (value === null || !limit) return null;
  return "atMost" in limit ? value <= limit.atMost : value >= limit.atLeast;
}

/** Four significant digits are more than a noisy machine gives. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The line of a figure, for programs. */
export function figureLine({ id, name, value, unit, why }: Figure): string {
  return JSON.stringify({ id, name, value: value === null ? null : rounded(value), unit, ...(why ? { why } : {}) });
}

/** The figures for people, one row each, columns aligned. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.id,
    figure.name,
    figure.value === null ? "not measured" : `${rounded(figure.value)} ${figure.unit}`,
    shown(figure.value, figure.floor),
    shown(figure.value, figure.goal),
  ]);
  const table = [["id", "figure", "value", "floor", "goal"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function shown(value: number | null, limit: Limit | undefined): string {
  if (!limit) return "";
  const text = "atMost" in limit ? `≤ ${limit.atMost}` : `≥ ${limit.atLeast}`;
  const met = isMet(value, limit);
  return met === null ? text : `${text} ${met ? "met" : "MISSED"}`;
}
