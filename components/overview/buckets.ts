import type { EndedBucket } from "@/lib/api/overview";

export const BUCKET_MS = 15 * 60_000;

/** Sums over all buckets; `rate` is the share that failed of what ended by itself, null when nothing did. */
export interface EndedSums {
  succeeded: number;
  failed: number;
  cancelled: number;
  rate: number | null;
}

export function sumsOf(buckets: readonly EndedBucket[]): EndedSums {
  const sum = (read: (bucket: EndedBucket) => number) => buckets.reduce((all, bucket) => all + read(bucket), 0);
  const succeeded = sum((bucket) => bucket.succeeded);
  const failed = sum((bucket) => bucket.failed);
  return { succeeded, failed, cancelled: sum((bucket) => bucket.cancelled), rate: rateOf(succeeded, failed) };
}

/** The share of failures of each hour, oldest first; null for an hour in which nothing ended. */
export function hourlyRates(buckets: readonly EndedBucket[]): { from: string; rate: number | null }[] {
  const hours: { from: string; rate: number | null }[] = [];
  for (let index = 0; index < buckets.length; index += 4) {
    const part = buckets.slice(index, index + 4);
    const { succeeded, failed } = sumsOf(part);
    if (part[0]) hours.push({ from: part[0].from, rate: rateOf(succeeded, failed) });
  }
  return hours;
}

/** The top of an axis that holds `most`, and the steps to draw: 1, 2 or 5 times a power of ten. */
export function axisOf(most: number, least = 4): { top: number; steps: number[] } {
  const rough = Math.max(most, least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? 10 * power;
  const count = Math.ceil(Math.max(most, least) / step);
  return { top: step * count, steps: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

function rateOf(succeeded: number, failed: number): number | null {
  return succeeded + failed === 0 ? null : failed / (succeeded + failed);
}
