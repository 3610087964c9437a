"use client";
import type { RefObject } from "react";
import { useShortcut } from "@/components/shell/shortcuts";

/**
 * `j` and `k` move through the rows of a list: they put the focus on the row's link (`a.row-link`), so that Enter opens
 * it and a screen reader says where one is.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>, labels: { next: string; previous: string }): void {
  function move(by: 1 | -1) {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a.row-link") ?? [])];
    const at = links.findIndex((link) => link.closest("[data-row]")?.contains(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next]?.focus();
  }
  useShortcut({ keys: "j", label: labels.next, group: "page", run: () => move(1) });
  useShortcut({ keys: "k", label: labels.previous, group: "page", run: () => move(-1) });
}
