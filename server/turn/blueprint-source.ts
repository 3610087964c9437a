import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import type { DataStores, HandlerTable } from "@/server/engine/blueprint/handler";

/** A stored version, ready to run. */
export interface RunnableBlueprint {
  id: number;
  name: string;
  compiled: CompiledBlueprint;
}

export interface BlueprintSource {
  /** The version, compiled once per process; null when it does not exist or its code is not in this engine. */
  byId(id: number): Promise<RunnableBlueprint | null>;
}

/** What a TypeScript blueprint has beside its document. */
export interface BlueprintCode {
  handlers: HandlerTable;
  dataStores: DataStores;
}

export interface StoredDocument {
  id: number;
  name: string;
  hash: string;
  /** As `parseBlueprint` accepted it. */
  document: JsonObject;
}

/**
 * Compiles stored documents on first use and keeps them: a version never changes. `codeOf` finds the code of
 * TypeScript blueprints by name and content hash; a version whose code this engine lacks is not runnable here.
 */
export function blueprintSource(
  read: (id: number) => Promise<StoredDocument | null>,
  codeOf: (name: string, hash: string) => BlueprintCode | undefined,
): BlueprintSource {
  const known = new Map<number, Promise<RunnableBlueprint | null>>();
  const load = async (id: number): Promise<RunnableBlueprint | null> => {
    const stored = await read(id);
    if (!stored) return null;
    const code = codeOf(stored.name, stored.hash);
    const document = stored.document as unknown as BlueprintDocument;
    if (!code && needsCode(document)) return null;
    return { id, name: stored.name, compiled: compileBlueprint(document, code) };
  };
  return {
    async byId(id) {
      const cached = known.get(id) ?? load(id);
      known.set(id, cached);
      try {
        const found = await cached;
        if (!found) known.delete(id);
        return found;
      } catch (error) {
        known.delete(id);
        throw error;
      }
    },
  };
}

/** True when the document names handlers, which live in code. */
export function needsCode(document: BlueprintDocument): boolean {
  return Object.values(document.states).some(
    (state) => state.type === "handler" || (state.type === "end" && state.handler !== undefined),
  );
}
