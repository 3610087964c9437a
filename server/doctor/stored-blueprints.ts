import { blueprintById } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";
import { type BlueprintSource, blueprintSource } from "@/server/turn/blueprint-source";

/** Every stored version, to fold jobs with: their handlers' code is not needed, for events say what it did. */
export function storedBlueprints(database: Database): BlueprintSource {
  return blueprintSource(
    (id) => blueprintById(database, id) as never,
    () => ({ handlers: {}, dataStores: {} }),
  );
}
