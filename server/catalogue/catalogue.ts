import type { LaidOutGraph } from "@/lib/api/graph";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import {
  blueprintByEndpoint,
  blueprintByHash,
  blueprintById,
  blueprintVersion,
  latestBlueprint,
  type StoredBlueprint as StoredRow,
} from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";
import { layoutEngine } from "./layout-graph";

/** A stored version with its document as such. */
export type StoredBlueprint = Omit<StoredRow, "document"> & { document: BlueprintDocument };

/** The blueprints of this installation, as the API reads them. */
export interface Catalogue {
  /** What new jobs of this name get. */
  head(name: string): Promise<StoredBlueprint | null>;
  /** What is started at `/api/<version>/<endpoint>`. Remembered for a second. */
  byEndpoint(apiVersion: string, endpoint: string): Promise<StoredBlueprint | null>;
  version(name: string, version: number): Promise<StoredBlueprint | null>;
  /** The version that a job is pinned to; kept, because it never changes. */
  byId(id: number): Promise<StoredBlueprint | null>;
  /** Nodes with positions and edges with routes, laid out once per content. */
  graph(blueprint: StoredBlueprint): Promise<LaidOutGraph>;
  close(): Promise<void>;
}

const HEAD_MS = 1_000;
const MAX_KEPT = 500;

/**
 * Reads blueprints from the store; versions and layouts are kept in memory. `own` gives the content hash of each blueprint
 * whose code this process has: it starts jobs of that version, while processes of another release start theirs.
 */
export function catalogue(database: Database, own: ReadonlyMap<string, string> = new Map()): Catalogue {
  const byId = new Map<number, StoredBlueprint>();
  const endpoints = new Map<string, { found: Promise<StoredBlueprint | null>; until: number }>();
  const layouts = layoutEngine();
  const ownVersion = async (row: StoredRow | null): Promise<StoredBlueprint | null> => {
    const hash = row && own.get(row.name);
    const found = hash && hash !== row.hash ? await blueprintByHash(database, row.name, hash) : null;
    return typed(found ?? row);
  };
  return {
    head: async (name) => ownVersion(await latestBlueprint(database, name)),
    version: async (name, version) => typed(await blueprintVersion(database, name, version)),
    byEndpoint(apiVersion, endpoint) {
      const key = `${apiVersion} ${endpoint}`;
      const known = endpoints.get(key);
      if (known && known.until > Date.now()) return known.found;
      const found = blueprintByEndpoint(database, apiVersion, endpoint).then(ownVersion);
      if (endpoints.size >= MAX_KEPT) endpoints.clear();
      endpoints.set(key, { found, until: Date.now() + HEAD_MS });
      found.catch(() => endpoints.delete(key));
      return found;
    },
    async byId(id) {
      const known = byId.get(id);
      if (known) return known;
      const found = typed(await blueprintById(database, id));
      if (byId.size >= MAX_KEPT) byId.clear();
      if (found) byId.set(id, found);
      return found;
    },
    graph: (blueprint) => layouts.graph(blueprint),
    close: () => layouts.close(),
  };
}

/** What is stored has passed validation; the store itself knows it as JSON only. */
function typed(row: StoredRow | null): StoredBlueprint | null {
  return row as StoredBlueprint | null;
}
