const PART = /"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+/g;
const HEADER = /^\s*\[{1,2}((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\]"'])+)\]{1,2}\s*(?:#.*)?$/;
const KEY =
  /^\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=/;

/**
 * On which line each table and key of a TOML text stands, for the faults of those who edit it. The text must have been
 * parsed without a fault; what a line cannot be told of is told of the table that it is in.
 */
export function tomlPlaces(text: string): (path: readonly string[]) => number {
  const lines = new Map<string, number>();
  let table: string[] = [];
  let quoted = false;
  for (const [index, line] of text.split("\n").entries()) {
    const wasQuoted = quoted;
    if ((line.match(/"""|'''/g)?.length ?? 0) % 2 === 1) quoted = !quoted;
    if (wasQuoted) continue;
    const header = HEADER.exec(line)?.[1];
    const key = header === undefined ? KEY.exec(line)?.[1] : undefined;
    if (header !== undefined) table = partsOf(header);
    if (header === undefined && key === undefined) continue;
    const path = key === undefined ? table : [...table, ...partsOf(key)];
    for (let length = 1; length <= path.length; length++) note(lines, path.slice(0, length), index + 1);
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

function note(lines: Map<string, number>, path: string[], line: number): void {
  const key = JSON.stringify(path);
  if (!lines.has(key)) lines.set(key, line);
}

function partsOf(dotted: string): string[] {
  return [...dotted.matchAll(PART)].map(([part]) => {
    if (part.startsWith("'")) return part.slice(1, -1);
    return part.startsWith('"') ? unescaped(part) : part;
  });
}

/** TOML's short escapes are JSON's, but for some that no name needs: those stay as they are written. */
function unescaped(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
