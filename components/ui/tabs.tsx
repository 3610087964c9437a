"use client";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { Icon, type LucideIcon } from "@/components/ui/icon";

export interface TabItem<Id extends string = string> {
  id: Id;
  label: string;
  icon?: LucideIcon;
  /** Shown after the label, tabular. */
  count?: ReactNode;
}

export interface TabsProps<Id extends string> {
  /** The name of the whole set, read out before the first tab. */
  label: string;
  /** Makes the ids of tabs and panels: `${idBase}-tab-${id}`, `${idBase}-panel-${id}`. */
  idBase: string;
  items: readonly TabItem<Id>[];
  value: Id;
  onChange: (id: Id) => void;
}

/** Tabs by the ARIA pattern: one tab stop, arrows move and choose, Home and End jump. Use with `TabPanel`. */
export function Tabs<Id extends string>({ label, idBase, items, value, onChange }: TabsProps<Id>) {
  const list = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    const index = items.findIndex((item) => item.id === value);
    const next = nextIndex(event.key, index, items.length);
    const item = next === null ? undefined : items[next];
    if (!item || next === null) return;
    event.preventDefault();
    onChange(item.id);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  }

  return (
    <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.id}
          type="button"
          role="tab"
          id={`${idBase}-tab-${item.id}`}
          aria-controls={`${idBase}-panel-${item.id}`}
          aria-selected={item.id === value}
          tabIndex={item.id === value ? 0 : -1}
          onClick={() => onChange(item.id)}
        >
          {item.icon ? <Icon as={item.icon} size={14} /> : null}
          {item.label}
          {item.count === undefined ? null : <span className="s12 t3">{item.count}</span>}
        </button>
      ))}
    </div>
  );
}

/** The panel of one tab; only the chosen one is mounted. */
export function TabPanel({
  idBase,
  id,
  className,
  children,
}: {
  idBase: string;
  id: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div
      role="tabpanel"
      id={`${idBase}-panel-${id}`}
      aria-labelledby={`${idBase}-tab-${id}`}
      className={className}
      tabIndex={-1}
    >
      {children}
    </div>
  );
}

/** Where a key of the tab pattern leads from `index`, or null when the key isn't one of them. */
export function nextIndex(key: string, index: number, length: number): number | null {
  if (length === 0) return null;
  if (key === "ArrowRight") return (index + 1) % length;
  if (key === "ArrowLeft") return (index - 1 + length) % length;
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  return null;
}
