"use client";
import { useState } from "react";

/** Which rows are chosen, over the pages of one filter; `all`: whatever the filter matches. */
export interface RowSelection {
  ids: ReadonlySet<string>;
  all: boolean;
  has: (id: string) => boolean;
  /** Chooses a row or lets it go; with `range`, every shown row from the last one on too. */
  toggle: (id: string, range?: boolean) => void;
  /** Chooses all shown rows, or lets them go when all are chosen. */
  togglePage: () => void;
  chooseAll: () => void;
  clear: () => void;
}

/** `key` names the filter: another one begins without a selection. */
export function useRowSelection(key: string, shown: readonly string[]): RowSelection {
  const [kept, setKept] = useState({ key, ids: new Set<string>() as ReadonlySet<string>, all: false, last: "" });
  const now = kept.key === key ? kept : { key, ids: new Set<string>() as ReadonlySet<string>, all: false, last: "" };
  const set = (ids: ReadonlySet<string>, last = now.last, all = false) => setKept({ key, ids, all, last });
  return {
    ids: now.ids,
    all: now.all,
    has: (id) => now.all || now.ids.has(id),
    toggle(id, range = false) {
      const base = now.all ? new Set(shown) : now.ids;
      set(range ? withRange(base, shown, now.last, id) : withToggled(base, id), id);
    },
    togglePage() {
      const full = shown.length > 0 && shown.every((id) => now.all || now.ids.has(id));
      const rest = now.all ? [] : [...now.ids].filter((id) => !shown.includes(id));
      set(new Set(full ? rest : [...rest, ...shown]));
    },
    chooseAll: () => set(new Set(shown), now.last, true),
    clear: () => set(new Set()),
  };
}

function withToggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** All rows between the two, both included; only the one when the other is not shown. */
export function withRange(
  ids: ReadonlySet<string>,
  shown: readonly string[],
  from: string,
  to: string,
): ReadonlySet<string> {
  const end = shown.indexOf(to);
  const start = shown.indexOf(from) < 0 ? end : shown.indexOf(from);
  return new Set([...ids, ...shown.slice(Math.min(start, end), Math.max(start, end) + 1)]);
}
