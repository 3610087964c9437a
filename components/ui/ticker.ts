"use client";
import { useSyncExternalStore } from "react";

// One timer for every age on the page, running only while something shows one and the page is visible.
const listeners = new Set<() => void>();
let nowMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick() {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function start() {
  if (timer === undefined) timer = setInterval(tick, 1000);
}

function stop() {
  clearInterval(timer);
  timer = undefined;
}

function onVisibility() {
  if (document.hidden) {
    stop();
  } else {
    tick();
    start();
  }
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    nowMs = Date.now();
    document.addEventListener("visibilitychange", onVisibility);
    if (!document.hidden) start();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener("visibilitychange", onVisibility);
    stop();
  };
}

function nowOfBrowser(): number {
  if (nowMs === 0) nowMs = Date.now();
  return nowMs;
}

/** The browser's time in ms, refreshed once a second for the whole page; null on the server and while hydrating. */
export function useNow(): number | null {
  return useSyncExternalStore<number | null>(subscribe, nowOfBrowser, () => null);
}

const nothing = () => undefined;
const never = () => nothing;

/** False on the server and while hydrating, then true: for what only the browser can know (its zone, its storage). */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
