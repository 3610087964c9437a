"use client";
import Link from "next/link";
import { type KeyboardEvent, type ReactNode, type ToggleEvent, useId, useRef } from "react";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  /** For one of several choices: a radio that is on or off. */
  checked?: boolean;
  /** Either a place to go… */
  href?: string;
  /** …or something to do. */
  onSelect?: () => void;
}

export interface MenuProps {
  /** The name of the menu, read out when it opens. */
  label: string;
  head?: ReactNode;
  items: readonly (MenuItem | "separator")[];
  /** The button that opens it: spread the props on a native button. */
  trigger: (props: { popoverTarget: string; "aria-haspopup": "menu" }) => ReactNode;
}

/** A menu on the native popover: it is in the top layer and closes by itself. Arrows move, Escape closes. */
export function Menu({ label, head, items, trigger }: MenuProps) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  function onToggle(event: ToggleEvent<HTMLDivElement>) {
    if (event.newState !== "open" || !menu.current || !anchor.current) return;
    place(menu.current, anchor.current.firstElementChild ?? anchor.current);
    entries(menu.current)[0]?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!menu.current || !MOVES.has(event.key)) return;
    event.preventDefault();
    const all = entries(menu.current);
    const index = all.indexOf(document.activeElement as HTMLElement);
    const last = all.length - 1;
    const next =
      event.key === "Home" ? 0 : event.key === "End" ? last : event.key === "ArrowDown" ? index + 1 : index - 1;
    all[next > last ? 0 : next < 0 ? last : next]?.focus();
  }

  const close = () => menu.current?.hidePopover();

  return (
    <>
      <span ref={anchor} style={{ display: "contents" }}>
        {trigger({ popoverTarget: id, "aria-haspopup": "menu" })}
      </span>
      <div
        id={id}
        ref={menu}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className="menu"
        onToggle={onToggle}
        onKeyDown={onKeyDown}
      >
        {head ? (
          <div className="menu-head" role="presentation">
            {head}
          </div>
        ) : null}
        {items.map((item, index) =>
          item === "separator" ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a separator has no identity but its place
            <hr key={`separator-${index}`} />
          ) : (
            <Entry key={item.label} item={item} onDone={close} />
          ),
        )}
      </div>
    </>
  );
}

function Entry({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const content = (
    <>
      {item.icon ? <Icon as={item.icon} size={14} /> : null}
      {item.label}
      {item.keys ? <Kbd keys={item.keys} /> : null}
      {item.checked ? (
        <span className="end" aria-hidden="true">
          ✓
        </span>
      ) : null}
    </>
  );
  const common = { className: "menu-item", tabIndex: -1, "data-danger": item.danger || undefined };
  if (item.href) {
    return (
      <Link {...common} role="menuitem" href={item.href} onClick={onDone}>
        {content}
      </Link>
    );
  }
  const select = () => {
    onDone();
    item.onSelect?.();
  };
  if (item.checked !== undefined) {
    return (
      <button {...common} type="button" role="menuitemradio" aria-checked={item.checked} onClick={select}>
        {content}
      </button>
    );
  }
  return (
    <button {...common} type="button" role="menuitem" onClick={select}>
      {content}
    </button>
  );
}

const MOVES = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

function entries(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
}

/** Below the button where there is room, else above it; never outside of the window. */
function place(menu: HTMLElement, anchor: Element) {
  const button = anchor.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const below = button.bottom + 4;
  const top = below + box.height > window.innerHeight - 8 ? Math.max(8, button.top - 4 - box.height) : below;
  const left = Math.min(Math.max(8, button.left), Math.max(8, window.innerWidth - box.width - 8));
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}
