import type { Examination, Finding } from "./examine";

/** The examination for people: a line for each invariant, those that are broken with ids. The last line sums up. */
export function printed(examination: Examination): string {
  const { findings, violations, complete, took_ms: tookMs } = examination;
  const width = Math.max(...findings.map(({ id }) => id.length));
  const seconds = (tookMs / 1000).toFixed(1);
  const unfinished = complete ? "" : ", NOT EVERYTHING LOOKED AT: the time was over (--limit SECONDS gives more)";
  return [
    ...findings.flatMap((finding) => lines(finding, width)),
    "",
    `doctor: ${findings.length} checks, ${violations} ${violations === 1 ? "violation" : "violations"}, ${seconds} s${unfinished}`,
  ].join("\n");
}

function lines({ id, says, count, samples, skipped }: Finding, width: number): string[] {
  const mark = skipped ? "skipped" : count === 0 ? "ok" : "BROKEN";
  const line = `${mark.padEnd(7)} ${String(count).padStart(6)}  ${id.padEnd(width)}  ${says}`;
  const more = count > samples.length ? [`… and ${count - samples.length} more`] : [];
  return [
    skipped ? `${line} (${skipped})` : line,
    ...[...samples, ...more].map((text) => `${" ".repeat(16)}  ${text}`),
  ];
}
