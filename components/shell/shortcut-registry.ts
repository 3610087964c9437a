/** A key combination that does something, as the sheet lists it. */
export interface Shortcut {
  /** `"j"`, `"Enter"`, a sequence `"g j"`, or with Ctrl or ⌘ `"mod+k"`. */
  keys: string;
  /** What it does, translated. */
  label: string;
  group: "general" | "navigation" | "page";
  run: () => void;
}

export interface ShortcutRegistry {
  add(shortcut: Shortcut): () => void;
  list(): readonly Shortcut[];
  subscribe(listener: () => void): () => void;
  /** Handles a key of the page; true when it was one of ours. `single` false: only combinations with Ctrl or ⌘ count. */
  press(key: PressedKey, single: boolean, nowMs: number): boolean;
}

export interface PressedKey {
  key: string;
  /** Ctrl or ⌘. */
  mod: boolean;
  alt: boolean;
}

/** The second key of a sequence has to follow within this time. */
const SEQUENCE_MS = 1_200;

/** Keeps the shortcuts of the mounted components. Of two with the same keys the one added last wins (the page's own). */
export function createShortcutRegistry(): ShortcutRegistry {
  let shortcuts: readonly Shortcut[] = [];
  const listeners = new Set<() => void>();
  let first = { key: "", atMs: Number.NEGATIVE_INFINITY };

  function change(next: readonly Shortcut[]) {
    shortcuts = next;
    for (const listener of listeners) listener();
  }

  const find = (keys: string) => shortcuts.findLast((shortcut) => shortcut.keys === keys);

  return {
    add(shortcut) {
      change([...shortcuts, shortcut]);
      return () => change(shortcuts.filter((each) => each !== shortcut));
    },
    list: () => shortcuts,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    press({ key, mod, alt }, single, nowMs) {
      if (alt) return false;
      const name = key.length === 1 ? key.toLowerCase() : key;
      if (!mod && !single) return false;
      const started = nowMs - first.atMs < SEQUENCE_MS ? first.key : "";
      const found = mod ? find(`mod+${name}`) : (started && find(`${started} ${name}`)) || find(name);
      first = { key: "", atMs: Number.NEGATIVE_INFINITY };
      if (found) {
        found.run();
        return true;
      }
      const begins = !mod && shortcuts.some((shortcut) => shortcut.keys.startsWith(`${name} `));
      if (begins) first = { key: name, atMs: nowMs };
      return begins;
    },
  };
}
