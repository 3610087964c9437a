"use client";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createShortcutRegistry, type Shortcut, type ShortcutRegistry } from "@/components/shell/shortcut-registry";

const STORAGE_KEY = "batuta_single_key_shortcuts";
const SETTING_EVENT = "batuta:shortcuts";

const RegistryContext = createContext<ShortcutRegistry | null>(null);

export function useShortcutRegistry(): ShortcutRegistry {
  const registry = useContext(RegistryContext);
  if (!registry) throw new Error("shortcuts are used outside of ShortcutProvider");
  return registry;
}

/** Listens to the keyboard for all shortcuts of the mounted components. */
export function ShortcutProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(createShortcutRegistry);
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      const mod = event.ctrlKey || event.metaKey;
      if (!mod && (isTyping(event.target) || document.querySelector("dialog[open]"))) return;
      if (registry.press({ key: event.key, mod, alt: event.altKey }, singleKeysOn(), performance.now()))
        event.preventDefault();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [registry]);
  return <RegistryContext value={registry}>{children}</RegistryContext>;
}

/** Adds a shortcut while the component is mounted. `enabled` false takes it away (a button that is disabled). */
export function useShortcut(shortcut: Shortcut, enabled = true): void {
  const registry = useShortcutRegistry();
  const run = useRef(shortcut.run);
  const { keys, label, group } = shortcut;
  useEffect(() => {
    run.current = shortcut.run;
  });
  useEffect(() => {
    if (!enabled) return;
    return registry.add({ keys, label, group, run: () => run.current() });
  }, [registry, enabled, keys, label, group]);
}

/** Whether single keys do something; a person who dictates or whose tools need the keys switches them off (WCAG 2.1.4). */
export function useSingleKeySetting(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribeSetting, singleKeysOn, () => true);
  return [on, setSingleKeys];
}

function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== "off";
  } catch {
    // Storage is forbidden in this browser: the setting can't be kept, the keys stay on.
    return true;
  }
}

function setSingleKeys(on: boolean) {
  localStorage.setItem(STORAGE_KEY, on ? "on" : "off");
  window.dispatchEvent(new Event(SETTING_EVENT));
}

function subscribeSetting(listener: () => void): () => void {
  window.addEventListener(SETTING_EVENT, listener);
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener(SETTING_EVENT, listener);
    window.removeEventListener("storage", listener);
  };
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !KEYLESS_INPUTS.has(target.type);
}

const KEYLESS_INPUTS = new Set(["checkbox", "radio", "button", "submit", "reset"]);
