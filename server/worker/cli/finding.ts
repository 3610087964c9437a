/** What the worker's doctor found about one thing. */
export interface Finding {
  name: string;
  ok: boolean;
  /** What it is like, in words. */
  says: string;
  /** What mends it; only where something is wrong. */
  fix?: string;
}

export function well(name: string, says: string): Finding {
  return { name, ok: true, says };
}

export function wrong(name: string, says: string, fix: string): Finding {
  return { name, ok: false, says, fix };
}

/** A table for people; what is wrong has its fix below it. */
export function writtenFindings(findings: Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, ok, says, fix }) => [
    `${ok ? "ok   " : "WRONG"}  ${name.padEnd(width)}  ${says}`,
    ...(fix ? [`${" ".repeat(width + 9)}→ ${fix}`] : []),
  ]);
  const count = findings.filter(({ ok }) => !ok).length;
  const sum = count === 0 ? "nothing is wrong" : `${count} ${count === 1 ? "thing is" : "things are"} wrong`;
  return [...lines, "", `worker doctor: ${findings.length} looked at, ${sum}`].join("\n");
}
