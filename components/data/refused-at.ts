import type { FieldProblem } from "@/components/data/api-error";

/** What the server refused at `path` or below it, in one line; undefined when nothing. */
export function refusedAt(refused: readonly FieldProblem[], path: string): string | undefined {
  const here = refused.filter(
    ({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
  );
  if (here.length === 0) return undefined;
  return here
    .map(({ field, message }) => (field === path ? message : `${field.slice(path.length + 1)}: ${message}`))
    .join("; ");
}
