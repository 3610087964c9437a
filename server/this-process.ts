import type { Deps } from "./deps";

/**
 * What is one per process, for code that Next bundles a second time (its routes and pages): it must not import the
 * wiring, only find what `server/main.ts` or `instrumentation.ts` has put here.
 */
const KEY = Symbol.for("batuta.deps");

const holder = globalThis as { [KEY]?: Deps };

/** The running process's parts; throws when nothing was started in it. */
export function thisProcess(): Deps {
  const deps = holder[KEY];
  if (!deps)
    throw new Error("nothing is started in this process: server/main.ts or instrumentation.ts does that first");
  return deps;
}

/** Null before the start. */
export function thisProcessIfStarted(): Deps | null {
  return holder[KEY] ?? null;
}

export function setThisProcess(deps: Deps | null): void {
  if (deps) holder[KEY] = deps;
  else delete holder[KEY];
}
