import type { LucideIcon } from "lucide-react";

/** Something the palette can do. */
export interface Command {
  id: string;
  label: string;
  icon: LucideIcon;
  group: "pages" | "actions";
  keys?: string;
  run: () => void;
}

/**
 * The commands that fit `query`, best first: those whose label begins with it, then those with a word that does, then
 * those that contain it. Accents and case don't count. An empty query keeps all, in their order.
 */
export function matching(commands: readonly Command[], query: string): Command[] {
  const wanted = plain(query.trim());
  if (wanted === "") return [...commands];
  return commands
    .map((command, index) => ({ command, index, rank: rankOf(plain(command.label), wanted) }))
    .filter(({ rank }) => rank < NO_MATCH)
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ command }) => command);
}

const NO_MATCH = 3;

function rankOf(label: string, wanted: string): number {
  if (label.startsWith(wanted)) return 0;
  if (label.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
  return label.includes(wanted) ? 2 : NO_MATCH;
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The job id in `query`, pasted with or without its surroundings, or null. */
export function jobIdIn(query: string): string | null {
  const text = query
    .trim()
    .toLowerCase()
    .replace(/^.*\/jobs\//, "")
    .replace(/[?#/].*$/, "")
    .replace(/^job_/, "");
  return JOB_ID.test(text) ? text : null;
}
