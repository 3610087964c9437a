/** The keys of a shortcut, one cap per key: `keys="g j"`. Hidden from screen readers; use `aria-keyshortcuts` on the control. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="row g4" aria-hidden="true">
      {keys.split(" ").map((key) => (
        <kbd className="kbd" key={key}>
          {LABELS[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
        </kbd>
      ))}
    </span>
  );
}

const LABELS: Record<string, string> = { Enter: "↵", Escape: "Esc", mod: "Ctrl", ArrowDown: "↓", ArrowUp: "↑" };
