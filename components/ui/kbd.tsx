"use client";
import { useHydrated } from "@/components/ui/ticker";

/**
 * The keys of a shortcut, one cap per key: `g j`; a combination has one cap: `mod+k`. Hidden from screen readers: put
 * `aria-keyshortcuts` on the control.
 */
export function Kbd({ keys }: { keys: string }) {
  const onApple = useHydrated() && /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <span className="row g4" aria-hidden="true">
      {keys.split(" ").map((key) => (
        <kbd className="kbd" key={key}>
          {key
            .split("+")
            .map((part) => nameOf(part, onApple))
            .join(" ")}
        </kbd>
      ))}
    </span>
  );
}

const NAMES: Record<string, string> = { Enter: "↵", Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑" };

function nameOf(key: string, onApple: boolean): string {
  if (key === "mod") return onApple ? "⌘" : "Ctrl";
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
