/** A stretch of time in ms since the epoch. */
export interface Stretch {
  from: number;
  to: number;
}

/** A quiet stretch that is drawn small; `left` and `width` are shares of the chart's width. */
export interface Pause extends Stretch {
  left: number;
  width: number;
}

export interface TimeScale {
  start: number;
  end: number;
  pauses: Pause[];
  /** Where an instant lies, from 0 to 1; outside of the job it is clamped. */
  at: (ms: number) => number;
}

/** Each pause takes this share of the width, and all of them together never more than `MOST_PAUSED`. */
const PAUSE_SHARE = 0.05;
const MOST_PAUSED = 0.3;
/** A pause shorter than this isn't worth a break in the axis. */
const LEAST_PAUSE_MS = 10_000;
/** …nor one that is shorter than this share of the whole. */
const LEAST_PAUSE_SHARE = 0.12;

/** A linear axis over `start` to `end`; with `collapse`, long stretches in which nothing is `busy` are drawn small. */
export function timeScale(start: number, end: number, busy: readonly Stretch[], collapse: boolean): TimeScale {
  const last = Math.max(end, start + 1);
  const { quiet, pausedMs } = collapse ? pausesOf(start, last, busy) : NO_PAUSES;
  const share = quiet.length === 0 ? 0 : Math.min(PAUSE_SHARE, MOST_PAUSED / quiet.length);
  const busyMs = Math.max(1, last - start - pausedMs);
  const perMs = (1 - share * quiet.length) / busyMs;
  const pauses: Pause[] = [];
  let skippedMs = 0;
  for (const { from, to } of quiet) {
    pauses.push({ from, to, left: (from - start - skippedMs) * perMs + pauses.length * share, width: share });
    skippedMs += to - from;
  }
  return { start, end: last, pauses, at: (ms) => place(Math.min(last, Math.max(start, ms)), start, perMs, pauses) };
}

const NO_PAUSES: { quiet: Stretch[]; pausedMs: number } = { quiet: [], pausedMs: 0 };
/** Where less than this share of the time is busy, the axis would be all break. */
const LEAST_BUSY_SHARE = 0.0005;

function pausesOf(start: number, end: number, busy: readonly Stretch[]): typeof NO_PAUSES {
  const quiet = quietStretches(start, end, busy);
  const pausedMs = quiet.reduce((sum, { from, to }) => sum + to - from, 0);
  return end - start - pausedMs < (end - start) * LEAST_BUSY_SHARE && quiet.length === 1
    ? NO_PAUSES
    : { quiet, pausedMs };
}

function place(ms: number, start: number, perMs: number, pauses: readonly Pause[]): number {
  let skippedMs = 0;
  let paused = 0;
  for (const { from, to, width } of pauses) {
    if (ms <= from) break;
    const share = Math.min(1, (ms - from) / (to - from));
    paused += width * share;
    skippedMs += (to - from) * share;
  }
  return (ms - start - skippedMs) * perMs + paused;
}

/** What is left between the busy stretches, when it is long enough to be worth a break. */
function quietStretches(start: number, end: number, busy: readonly Stretch[]): Stretch[] {
  const least = Math.max(LEAST_PAUSE_MS, (end - start) * LEAST_PAUSE_SHARE);
  const quiet: Stretch[] = [];
  let reached = start;
  for (const { from, to } of [...busy].sort((a, b) => a.from - b.from)) {
    if (from - reached >= least) quiet.push({ from: reached, to: from });
    reached = Math.max(reached, to);
  }
  if (end - reached >= least) quiet.push({ from: reached, to: end });
  return quiet;
}

/** Steps of an axis that people count in, in ms. */
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
];
/** Ticks nearer than this share would write over each other. */
const LEAST_DISTANCE = 0.09;
const WANTED_TICKS = 7;

/** Instants to label: round offsets from the start, none within a pause, none too near to another. */
export function ticksOf(scale: TimeScale): { ms: number; at: number }[] {
  const pausedMs = scale.pauses.reduce((sum, { from, to }) => sum + to - from, 0);
  const wantedMs = (scale.end - scale.start - pausedMs) / WANTED_TICKS;
  const step = STEPS_MS.find((each) => each >= wantedMs) ?? wantedMs;
  const ticks: { ms: number; at: number }[] = [];
  const add = (ms: number) => {
    const at = scale.at(ms);
    if (at <= 1 - LEAST_DISTANCE / 2 && at - (ticks.at(-1)?.at ?? -1) >= LEAST_DISTANCE) ticks.push({ ms, at });
  };
  let from = scale.start;
  for (const pause of [...scale.pauses, { from: scale.end, to: scale.end }]) {
    const first = Math.ceil((from - scale.start) / step) * step + scale.start;
    for (let ms = first; ms < pause.from; ms += step) add(ms);
    from = pause.to;
  }
  return ticks;
}

/** A share of the width as CSS says it. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}
