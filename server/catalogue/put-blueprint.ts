import type { PutBlueprintAnswer } from "@/lib/api/blueprint";
import type { ErrorDetail } from "@/lib/api/error";
import { apiEndpointOf, DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import type { Actor } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import type { BlueprintProblem } from "@/server/engine/blueprint/problem";
import { BlueprintSourceError, readBlueprintSource } from "@/server/engine/blueprint/source";
import { parseBlueprint } from "@/server/engine/blueprint/validate";
import { ApiError, forbidden } from "@/server/errors";
import { writeAudit } from "@/server/store/audit-log";
import { BlueprintConflictError, latestBlueprint, putBlueprint as store } from "@/server/store/blueprints";
import type { Database } from "@/server/store/database";

export interface BlueprintUpload {
  name: string;
  text: string;
  contentType: string;
  /** Whose the blueprint is. */
  clientId: number;
  by: Actor;
  /** The system operation that already answers POST at this path, if any. */
  systemRouteAt(path: string): string | null;
}

/**
 * Takes in a document written as JSON or YAML. New content becomes the next version; the same content is no new version.
 * Refused, with nothing stored: 400 for text that is no document, 422 with every fault of the document, 403 for a name
 * of somebody else's, 409 for an endpoint that is taken or a blueprint that is written in code.
 */
export async function putBlueprint(database: Database, upload: BlueprintUpload): Promise<PutBlueprintAnswer> {
  const parsed = parseBlueprint(sourceOf(upload), { allowHandlers: false, name: upload.name });
  if (!parsed.ok) throw invalid(upload.name, parsed.problems);
  const { document } = parsed;
  const apiVersion = document.api_version ?? DEFAULT_API_VERSION;
  const apiEndpoint = apiEndpointOf(document);
  const shadowed = upload.systemRouteAt(apiEndpoint);
  if (shadowed) throw endpointTaken(upload.name, apiEndpoint, `the system's own ${shadowed}`);
  const current = await latestBlueprint(database, upload.name);
  if (current?.source === "code") {
    throw new ApiError(
      409,
      "conflict",
      `The blueprint ${upload.name} is written in code and changes with it; choose another name`,
    );
  }
  const hash = contentHash(document as unknown as JsonValue);
  try {
    const { version, created } = await store(database, {
      name: upload.name,
      hash,
      document: document as unknown as JsonObject,
      description: document.description ?? null,
      apiEndpoint,
      apiVersion,
      clientId: upload.clientId,
      shared: current?.shared ?? false,
      source: "upload",
    });
    const changed = created || current?.version !== version;
    if (changed)
      await writeAudit(database, {
        by: upload.by,
        action: "blueprint.put",
        target: ["blueprint", upload.name],
        data: { version, hash },
      });
    return {
      status: changed ? "created" : "unchanged",
      name: upload.name,
      version,
      hash,
      api_endpoint: `/api/${apiVersion}${apiEndpoint}`,
    };
  } catch (error) {
    if (!(error instanceof BlueprintConflictError)) throw error;
    if (error.reason === "owner")
      throw forbidden(`The blueprint name ${upload.name} belongs to another client; choose another name`);
    throw endpointTaken(upload.name, apiEndpoint, `the blueprint ${error.taker}`);
  }
}

function sourceOf(upload: BlueprintUpload): JsonValue {
  try {
    return readBlueprintSource(upload.text, upload.contentType);
  } catch (error) {
    if (!(error instanceof BlueprintSourceError)) throw error;
    const { message, fix, place } = error;
    const where = place ? ` (line ${place.line}, column ${place.column})` : "";
    throw new ApiError(400, "invalid_blueprint", `${message}${where}`, {
      details: [{ blueprint: upload.name, state: null, key: null, message, fix, ...place }],
      cause: error,
    });
  }
}

function invalid(name: string, problems: readonly BlueprintProblem[]): ApiError {
  const details: ErrorDetail[] = problems.map(({ blueprint, state, key, message, fix }) => ({
    blueprint,
    state: state ?? null,
    key,
    message,
    fix,
  }));
  const count = problems.length === 1 ? "a fault" : `${problems.length} faults`;
  return new ApiError(422, "invalid_blueprint", `The blueprint ${name} has ${count}; nothing was stored`, { details });
}

function endpointTaken(name: string, endpoint: string, taker: string): ApiError {
  const message = `api_endpoint ${endpoint} of ${name} is already ${taker}`;
  return new ApiError(409, "conflict", message, {
    details: [{ blueprint: name, state: null, key: "api_endpoint", message, fix: "Choose another api_endpoint" }],
  });
}
