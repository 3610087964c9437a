import type { DataStores } from "@/server/engine/blueprint/handler";

/**
 * Closes the data stores that handlers used, each once, however many blueprints share it. A store without a `close` method
 * has nothing to close; one that fails holds up no other.
 */
export async function closeDataStores(
  all: readonly DataStores[],
  onError: (store: string, error: unknown) => void,
): Promise<void> {
  const names = new Map<object, string>();
  for (const stores of all) {
    for (const [name, store] of Object.entries(stores)) {
      if (typeof store === "object" && store !== null && !names.has(store)) names.set(store, name);
    }
  }
  await Promise.all(
    [...names].map(async ([store, name]) => {
      const { close } = store as { close?: unknown };
      if (typeof close !== "function") return;
      try {
        await close.call(store);
      } catch (error) {
        onError(name, error);
      }
    }),
  );
}
