import type { Json } from "@/server/http/openapi-schema";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: Json;
}

/** One operation of a document, as far as requests for it are made from it. */
export interface Target {
  id: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** Null: no JSON is taken. */
  body: Json | null;
  /** Media types of bodies that are no JSON by schema. */
  rawTypes: string[];
  /** Who may ask, as the document's security schemes; empty: everybody. */
  security: string[];
  /** All that the document names. */
  statuses: string[];
  /** Statuses of 500 and more that the document names: they are answers, and no faults. */
  mayFail: number[];
  /** The answer may take as long as somebody else's work does. */
  mayWait: boolean;
}

/** What takes away what others need: the session, or the token of the worker. */
const LAST = /^(?:signOut|changePassword|\w+Client|\w+WorkerToken|reload\w+)$/;

function rankOf({ id, path }: Target): number {
  if (id.startsWith("post-create")) return 0;
  if (LAST.test(id)) return id === "signOut" ? 4 : 3;
  return path.startsWith("/_worker/") ? 1 : 2;
}

/** Every operation of the document: those that start jobs first, those that would keep others from being reached last. */
export function targetsOf(document: Json): Target[] {
  const targets = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => targetOf(path, method, operation)),
  );
  return targets.sort((a, b) => rankOf(a) - rankOf(b));
}

function targetOf(path: string, method: string, operation: Json): Target {
  const content = ((operation.requestBody as Json | undefined)?.content ?? {}) as Record<string, Json>;
  const json = content["application/json"];
  const schema = json?.schema as Json | undefined;
  const statuses = Object.keys(operation.responses as Json).map(Number);
  return {
    id: operation.operationId as string,
    method: method.toUpperCase(),
    path,
    parameters: (operation.parameters as Parameter[] | undefined) ?? [],
    body: schema ?? null,
    rawTypes: Object.keys(content).filter((type) => !(type === "application/json" && schema)),
    security: ((operation.security as Json[] | undefined) ?? []).flatMap((each) => Object.keys(each)),
    statuses: Object.keys(operation.responses as Json),
    mayFail: statuses.filter((status) => status >= 500),
    mayWait: statuses.includes(504),
  };
}
