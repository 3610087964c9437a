"use client";
import { ChevronRight, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useRef, useState } from "react";
import { announce } from "@/components/ui/announcer";
import { Icon } from "@/components/ui/icon";

export interface JsonTreeProps {
  value: unknown;
  label: string;
  openLevels: number;
}

/** Entries of one list or object drawn before somebody asks for more. */
const PAGE = 100;

/** A JSON value by the ARIA tree pattern: one tab stop, ↑ ↓ move, → opens, ← closes or goes up, `c` copies. */
export function JsonTree({ value, label, openLevels }: JsonTreeProps) {
  const tree = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const items = [...(tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
    const current = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
    if (!current || event.target !== current) return;
    const target = targetOf(event.key, items, current);
    if (!target) return;
    event.preventDefault();
    for (const item of items) item.tabIndex = item === target ? 0 : -1;
    target.focus();
  }

  return (
    <div className="json-tree" role="tree" aria-label={label} ref={tree} onKeyDown={onKeyDown}>
      <JsonNode name={null} path="$" value={value} depth={0} openLevels={openLevels} comma={false} first />
    </div>
  );
}

function targetOf(key: string, items: HTMLElement[], current: HTMLElement): HTMLElement | null | undefined {
  const index = items.indexOf(current);
  switch (key) {
    case "ArrowDown":
      return items[index + 1];
    case "ArrowUp":
      return items[index - 1];
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    case "ArrowRight":
      return current.getAttribute("aria-expanded") === "true" ? items[index + 1] : null;
    case "ArrowLeft":
      if (current.getAttribute("aria-expanded") === "true") return null;
      return current.parentElement?.closest<HTMLElement>('[role="treeitem"]');
    default:
      return null;
  }
}

interface NodeProps {
  name: string | number | null;
  path: string;
  value: unknown;
  depth: number;
  openLevels: number;
  comma: boolean;
  first?: boolean;
}

function JsonNode({ name, path, value, depth, openLevels, comma, first = false }: NodeProps) {
  const t = useTranslations("json");
  const children = childrenOf(value);
  const [open, setOpen] = useState(depth < openLevels);
  const expandable = children !== null && children.length > 0;

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.target !== event.currentTarget) return;
    if (event.key === "c" && !event.ctrlKey && !event.metaKey) void copy(value, t);
    else if (!expandable) return;
    else if (event.key === "ArrowRight" && !open) setOpen(true);
    else if (event.key === "ArrowLeft" && open) setOpen(false);
    else if (event.key === "Enter" || event.key === " ") setOpen(!open);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      role="treeitem"
      tabIndex={first ? 0 : -1}
      aria-expanded={expandable ? open : undefined}
      aria-label={labelOf(name, value, t)}
      onKeyDown={onKeyDown}
    >
      <div className="line" style={{ "--depth": depth } as React.CSSProperties}>
        <Twist expandable={expandable} onToggle={() => setOpen(!open)} />
        <Name name={name} />
        <Preview value={value} open={open && expandable} count={children?.length ?? 0} />
        {comma && !(open && expandable) ? <span className="p comma">,</span> : null}
        <button
          type="button"
          className="copy"
          tabIndex={-1}
          aria-label={t("copyValue", { path })}
          title={path}
          onClick={() => void copy(value, t)}
        >
          <Icon as={Copy} size={12} />
        </button>
      </div>
      {open && expandable ? <Children entries={children} path={path} depth={depth} openLevels={openLevels} /> : null}
      {open && expandable ? <Closing list={Array.isArray(value)} depth={depth} comma={comma} /> : null}
    </div>
  );
}

type Entry = readonly [string | number, unknown];

interface ChildrenProps {
  entries: readonly Entry[];
  path: string;
  depth: number;
  openLevels: number;
}

/** The entries of a list or object, a page of them at first. */
function Children({ entries, path, depth, openLevels }: ChildrenProps) {
  const t = useTranslations("json");
  const [shown, setShown] = useState(PAGE);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the pattern of a tree asks for a group of items
    <div role="group">
      {entries.slice(0, shown).map(([key, child], index) => (
        <JsonNode
          key={key}
          name={key}
          path={typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`}
          value={child}
          depth={depth + 1}
          openLevels={openLevels}
          comma={index < entries.length - 1}
        />
      ))}
      {entries.length > shown ? (
        <button type="button" className="btn btn-quiet btn-sm" onClick={() => setShown(shown + PAGE)}>
          {t("more", { count: Math.min(PAGE, entries.length - shown) })}
        </button>
      ) : null}
    </div>
  );
}

function Closing({ list, depth, comma }: { list: boolean; depth: number; comma: boolean }) {
  return (
    <div className="line" style={{ "--depth": depth } as React.CSSProperties} aria-hidden="true">
      <span className="twist" />
      <span className="p">{list ? "]" : "}"}</span>
      {comma ? <span className="p comma">,</span> : null}
    </div>
  );
}

function Name({ name }: { name: string | number | null }) {
  if (name === null) return null;
  return (
    <span>
      <span className="k">{typeof name === "number" ? name : JSON.stringify(name)}</span>
      <span className="p">:</span>
    </span>
  );
}

/** The triangle. For the mouse only: by keyboard the item itself opens. */
function Twist({ expandable, onToggle }: { expandable: boolean; onToggle: () => void }) {
  if (!expandable) return <span className="twist" />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the tree item around it has the role and the keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree item around it has the role and the keys
    <span className="twist" onClick={onToggle}>
      <Icon as={ChevronRight} size={12} />
    </span>
  );
}

function Preview({ value, open, count }: { value: unknown; open: boolean; count: number }) {
  const t = useTranslations("json");
  if (Array.isArray(value))
    return open ? (
      <span className="p">[</span>
    ) : (
      <span className="c">{count === 0 ? "[]" : `[ ${t("items", { count })} ]`}</span>
    );
  if (typeof value === "object" && value !== null) {
    return open ? (
      <span className="p">{"{"}</span>
    ) : (
      <span className="c">{count === 0 ? "{}" : `{ ${t("keys", { count })} }`}</span>
    );
  }
  if (typeof value === "string") return <span className="s">{JSON.stringify(value)}</span>;
  return <span className="n">{String(value)}</span>;
}

type Translate = ReturnType<typeof useTranslations<"json">>;

function labelOf(name: string | number | null, value: unknown, t: Translate): string {
  const count = childrenOf(value)?.length;
  const what = Array.isArray(value)
    ? t("items", { count: count ?? 0 })
    : count === undefined
      ? String(value)
      : t("keys", { count });
  return name === null ? what : `${name}: ${what}`;
}

function childrenOf(value: unknown): Entry[] | null {
  if (Array.isArray(value)) return value.map((child, index) => [index, child] as const);
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return null;
}

async function copy(value: unknown, t: Translate) {
  try {
    await navigator.clipboard.writeText(typeof value === "string" ? value : JSON.stringify(value, null, 2));
    announce(t("copied"));
  } catch {
    // Refused by permission or by plain http on another host.
    announce(t("copyFailed"));
  }
}
