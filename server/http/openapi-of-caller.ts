import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { ApiError } from "@/server/errors";
import { listBlueprints } from "@/server/store/blueprints";
import { authenticate } from "./authenticate";
import type { HttpDeps } from "./http-deps";
import { openApiDocument } from "./openapi";
import { type StartableBlueprint, withBlueprints } from "./openapi-blueprints";
import type { Json } from "./openapi-schema";
import type { Operation } from "./operation";

/** More entries than this are no document any more; the list of blueprints has them all. */
const MOST_BLUEPRINTS = 500;
const MOST_CALLERS = 100;
/** No client has this id: only what is shared. */
const NOBODY = -1;

interface Kept {
  signature: string;
  document: Json;
}

const kept = new WeakMap<HttpDeps, Map<string, Kept>>();

/**
 * The document with the blueprints that whoever asks may start: with neither token nor session those that are shared by
 * all. Made again when one of them changes. Throws 401 for a wrong token.
 */
export async function openApiOf(request: Request, deps: HttpDeps, operations: readonly Operation[]): Promise<Json> {
  const caller = await callerOf(request, deps);
  const clientId = caller ? clientFilterOf(caller) : NOBODY;
  const heads = (await listBlueprints(deps.database, clientId ?? undefined))
    .filter((head) => head.apiEndpoint !== null)
    .slice(0, MOST_BLUEPRINTS);
  const signature = heads.map((head) => head.id).join();
  const documents = kept.get(deps) ?? new Map<string, Kept>();
  kept.set(deps, documents);
  const known = documents.get(String(clientId));
  if (known?.signature === signature) return known.document;
  const blueprints: StartableBlueprint[] = [];
  for (const { id, name, version, apiVersion, apiEndpoint } of heads) {
    const found = await deps.catalogue.byId(id);
    const path = `${rootOf(deps)}/${apiVersion ?? "v1"}${apiEndpoint}`;
    if (found) blueprints.push({ name, version, path, document: found.document });
  }
  const document = withBlueprints(below(rootOf(deps), openApiDocument(operations)), blueprints);
  if (documents.size >= MOST_CALLERS) documents.clear();
  documents.set(String(clientId), { signature, document });
  return document;
}

async function callerOf(request: Request, deps: HttpDeps): Promise<Caller | null> {
  try {
    return await authenticate(request, deps);
  } catch (error) {
    // Nobody in particular; also a session that is over.
    if (error instanceof ApiError && error.code === "missing_token") return null;
    throw error;
  }
}

/** Where the client API of this installation is found, without a slash at the end. */
function rootOf({ config }: HttpDeps): string {
  return config.clientApiPrefix === "" ? "" : `/${config.clientApiPrefix}`;
}

function below(root: string, document: Json): Json {
  if (root === "/api") return document;
  const paths = Object.entries(document.paths as Json).map(([path, methods]) => [
    path.startsWith("/api/v1/") ? `${root}${path.slice("/api".length)}` : path,
    methods,
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}
