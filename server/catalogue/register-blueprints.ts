import type { BlueprintDocument } from "@/lib/blueprint/document";
import { apiEndpointOf, DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import type { JsonObject, JsonValue } from "@/lib/json";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import { putBlueprint } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";

/** The client that shipped blueprints and operators' uploads belong to; made by the first migration. */
export const OPERATORS_CLIENT = 1;

/** Stores the blueprints that are written in code, each as a new version when its content changed. They are for everybody. */
export async function registerBlueprints(
  database: Database,
  blueprints: readonly { document: BlueprintDocument }[],
): Promise<void> {
  for (const { document } of blueprints) {
    await putBlueprint(database, {
      name: document.name,
      hash: contentHash(document as unknown as JsonValue),
      document: document as unknown as JsonObject,
      description: document.description ?? null,
      apiEndpoint: apiEndpointOf(document),
      apiVersion: document.api_version ?? DEFAULT_API_VERSION,
      clientId: OPERATORS_CLIENT,
      shared: true,
      source: "code",
    });
  }
}
