import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";
import { type CompiledBlueprint, compileBlueprint } from "@/server/engine/blueprint/compile";
import type { DataStores, HandlerTable } from "@/server/engine/blueprint/handler";

/** A stored version, ready to run. */
export interface RunnableBlueprint {
  id: number;
  name: string;
  compiled: CompiledBlueprint;
  /** Of the code behind it; null for a document without code. */
  revision?: string | null;
  /** Its code is missing here: good for what runs none, and never kept. */
  uncoded?: true;
}

/** A stored version as this engine knows it. */
export interface KnownVersion {
  id: number;
  name: string;
  version: number;
  hash: string;
  /** Null when its code is not in this engine, or when its document says what this release does not understand. */
  runnable: RunnableBlueprint | null;
  /** The document alone, which is enough to fold events; null when this release does not understand it. */
  compiled: CompiledBlueprint | null;
  /** What an engine must have advertised to run it. */
  needs: string[];
}

export interface BlueprintSource {
  /** The version, compiled once per process; null when it does not exist or its code is not in this engine. */
  byId(id: number): Promise<RunnableBlueprint | null>;
  /** The version, whether this engine can run it or not; null when it does not exist. */
  find(id: number): Promise<KnownVersion | null>;
}

/** What a TypeScript blueprint has beside its document. */
export interface BlueprintCode {
  handlers: HandlerTable;
  dataStores: DataStores;
  /** Tells one state of the code from another; recorded with each run of a handler. */
  revision?: string;
}

export interface StoredDocument {
  id: number;
  name: string;
  version?: number;
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
  const known = new Map<number, Promise<KnownVersion | null>>();
  const load = async (id: number): Promise<KnownVersion | null> => {
    const stored = await read(id);
    return stored && knownVersion(stored, codeOf(stored.name, stored.hash));
  };
  const find = async (id: number): Promise<KnownVersion | null> => {
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
  };
  return { find, byId: async (id) => (await find(id))?.runnable ?? null };
}

function knownVersion(stored: StoredDocument, code: BlueprintCode | undefined): KnownVersion {
  const { id, name, version = 0, hash } = stored;
  const document = stored.document as unknown as BlueprintDocument;
  const compiled = compiledIfUnderstood(document, code);
  const coded = needsCode(document);
  const runnable =
    compiled && (code || !coded) ? { id, name, compiled, revision: coded ? (code?.revision ?? null) : null } : null;
  return { id, name, version, hash, runnable, compiled, needs: coded || !compiled ? [hash] : [] };
}

/** A document of a newer release may hold kinds of states and expressions that this one has no words for. */
function compiledIfUnderstood(document: BlueprintDocument, code: BlueprintCode | undefined): CompiledBlueprint | null {
  try {
    const compiled = compileBlueprint(document, code);
    return [...compiled.states.values()].every(Boolean) ? compiled : null;
  } catch {
    return null;
  }
}

/** True when the document names handlers, which live in code. */
export function needsCode(document: BlueprintDocument): boolean {
  return Object.values(document.states).some(
    (state) => state.type === "handler" || (state.type === "end" && state.handler !== undefined),
  );
}
