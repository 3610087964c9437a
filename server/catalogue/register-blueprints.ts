import type { BlueprintDocument } from "@/lib/blueprint/document";
import { apiEndpointOf, DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import type { JsonObject, JsonValue } from "@/lib/json";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import { BlueprintConflictError, putBlueprint } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";

/** The client that shipped blueprints and operators' uploads belong to; made by the first migration. */
export const OPERATORS_CLIENT = 1;

/** Blueprints written in code that cannot be stored; the message lists all of them. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";

  constructor(readonly faults: readonly string[]) {
    super(`Blueprints written in code cannot be stored:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

export interface BlueprintToRegister {
  document: BlueprintDocument;
  /** Where it is written, if that is known. */
  file?: string;
}

export interface RegistrationOptions {
  /** The system's own operation that answers at a path. */
  systemRouteAt?: (path: string) => string | null;
  /** False: clients neither see nor start them. */
  shared?: boolean;
}

/**
 * Stores the blueprints that are written in code, each as a new version when its content changed. They are for everybody
 * unless `shared` says otherwise. Throws a RegistrationError that names every clash; the others are stored.
 */
export async function registerBlueprints(
  database: Database,
  blueprints: readonly BlueprintToRegister[],
  { systemRouteAt = () => null, shared = true }: RegistrationOptions = {},
): Promise<void> {
  const faults: string[] = [];
  for (const { document, file } of blueprints) {
    const apiEndpoint = apiEndpointOf(document);
    const who = file ? `${document.name} (${file})` : document.name;
    const shadowed = systemRouteAt(apiEndpoint);
    if (shadowed) {
      faults.push(`${who}: its api_endpoint ${apiEndpoint} is the system's own ${shadowed}; choose another one`);
      continue;
    }
    try {
      await register(database, document, apiEndpoint, shared);
    } catch (error) {
      if (!(error instanceof BlueprintConflictError)) throw error;
      faults.push(`${who}: ${error.message}`);
    }
  }
  if (faults.length > 0) throw new RegistrationError(faults);
}

async function register(
  database: Database,
  document: BlueprintDocument,
  apiEndpoint: string,
  shared: boolean,
): Promise<void> {
  await putBlueprint(database, {
    name: document.name,
    hash: contentHash(document as unknown as JsonValue),
    document: document as unknown as JsonObject,
    description: document.description ?? null,
    apiEndpoint,
    apiVersion: document.api_version ?? DEFAULT_API_VERSION,
    clientId: OPERATORS_CLIENT,
    shared,
    source: "code",
  });
}
