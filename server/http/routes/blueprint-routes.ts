import { z } from "zod";
import {
  blueprintDetail,
  blueprintListQuery,
  blueprintRow,
  blueprintVersion,
  blueprintVersionQuery,
  deleteVersionAnswer,
  putBlueprintAnswer,
} from "@/lib/api/blueprint";
import { laidOutGraph } from "@/lib/api/graph";
import { blueprintName, jsonObject } from "@/lib/api/shape";
import { blueprintDot } from "@/lib/blueprint/dot";
import { blueprintJsonSchema } from "@/lib/blueprint/json-schema";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import { deleteVersion } from "@/server/catalogue/delete-version";
import { putBlueprint } from "@/server/catalogue/put-blueprint";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import { actorOf, type Caller, clientFilterOf } from "@/server/clients/caller";
import { notFound } from "@/server/errors";
import { readBlueprintRows, readBlueprintVersions } from "@/server/store/reads/blueprint-rows";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";
import { readText } from "../read-body";
import { systemRouteAt } from "../system-routes";

const nameParams = z.object({ name: blueprintName });
const versionParams = nameParams.extend({ version: z.coerce.number().int().min(1).max(2_147_483_647) });
const DOT = "text/vnd.graphviz";

const listBlueprints = operation({
  id: "listBlueprints",
  method: "GET",
  path: "/blueprints",
  tag: "Blueprints",
  summary: "Blueprints that the caller may start, by name",
  access: "blueprints:read",
  query: blueprintListQuery,
  answers: { 200: { description: "Current versions", schema: z.array(blueprintRow) } },
  async handle({ query, caller, deps }) {
    return ok(await readBlueprintRows(deps.database.pool, clientFilterOf(caller), null, query.limit));
  },
});

const getSchema = operation({
  id: "getBlueprintSchema",
  method: "GET",
  path: "/blueprints/schema",
  tag: "Blueprints",
  summary: "JSON Schema of the blueprint document",
  access: "open",
  answers: { 200: { description: "JSON Schema 2020-12", schema: jsonObject, contentType: "application/schema+json" } },
  async handle() {
    return { status: 200, body: blueprintJsonSchema(), headers: { "content-type": "application/schema+json" } };
  },
});

const getBlueprint = operation({
  id: "getBlueprint",
  method: "GET",
  path: "/blueprints/{name}",
  tag: "Blueprints",
  summary: "A blueprint's document: the current version, or `version`",
  access: "blueprints:read",
  params: nameParams,
  subject: "Blueprint",
  query: blueprintVersionQuery,
  answers: { 200: { description: "The document with its figures", schema: blueprintDetail } },
  async handle({ params, query, caller, deps }) {
    const found = await visibleBlueprint(deps, caller, params.name, query.version);
    const [row] = await readBlueprintRows(deps.database.pool, clientFilterOf(caller), params.name, 1);
    if (!row) throw notFound("Blueprint");
    return ok({
      ...row,
      version: found.version,
      hash: found.hash,
      created_at: found.createdAt.toISOString(),
      blueprint_id: found.id,
      input_schema: found.document.input_schema ?? null,
      document: found.document,
    });
  },
});

const put = operation({
  id: "putBlueprint",
  method: "PUT",
  path: "/blueprints/{name}",
  tag: "Blueprints",
  summary: "Store a blueprint, as JSON or YAML; different content is a new version",
  access: "blueprints:write",
  params: nameParams,
  subject: "Blueprint",
  rawBody: ["application/json", "application/yaml"],
  answers: {
    200: { description: "The same content: no new version", schema: putBlueprintAnswer },
    201: { description: "A new version", schema: putBlueprintAnswer },
    409: { description: "The endpoint is taken, or the blueprint is written in code" },
    422: { description: "The document has faults; `details` list all of them" },
  },
  async handle({ params, caller, request, deps }) {
    const stored = await putBlueprint(deps.database, {
      name: params.name,
      text: await readText(request),
      contentType: request.headers.get("content-type") ?? "application/json",
      clientId: clientFilterOf(caller) ?? OPERATORS_CLIENT,
      by: actorOf(caller),
      systemRouteAt,
    });
    return { status: stored.status === "created" ? 201 : 200, body: stored };
  },
});

const listVersions = operation({
  id: "listBlueprintVersions",
  method: "GET",
  path: "/blueprints/{name}/versions",
  tag: "Blueprints",
  summary: "All versions of a blueprint, newest first",
  access: "blueprints:read",
  params: nameParams,
  subject: "Blueprint",
  answers: { 200: { description: "Versions", schema: z.array(blueprintVersion) } },
  async handle({ params, caller, deps }) {
    const versions = await readBlueprintVersions(deps.database.pool, clientFilterOf(caller), params.name);
    if (versions.length === 0) throw notFound("Blueprint");
    return ok(versions);
  },
});

const deleteBlueprintVersion = operation({
  id: "deleteBlueprintVersion",
  method: "DELETE",
  path: "/blueprints/{name}/versions/{version}",
  tag: "Blueprints",
  summary: "Take a version out of use; jobs that ended keep its document",
  access: "blueprints:write",
  params: versionParams,
  subject: "Blueprint version",
  answers: {
    200: { description: "No new job gets it, and no list shows it", schema: deleteVersionAnswer },
    409: { description: "Jobs that have not ended use it, or running engines have its code" },
  },
  async handle({ params: { name, version }, caller, deps }) {
    const found = await deps.catalogue.version(name, version);
    const clientId = clientFilterOf(caller);
    if (!found || (clientId !== null && found.clientId !== clientId)) throw notFound("Blueprint version");
    return ok(await deleteVersion(deps.database, name, version, actorOf(caller)));
  },
});

const getGraph = operation({
  id: "getBlueprintGraph",
  method: "GET",
  path: "/blueprints/{name}/graph",
  tag: "Blueprints",
  summary: "The graph: DOT, or with `Accept: application/json` nodes and edges with their layout",
  access: "blueprints:read",
  params: nameParams,
  subject: "Blueprint",
  query: blueprintVersionQuery,
  answers: { 200: { description: "The graph", schema: laidOutGraph, otherTypes: [DOT] } },
  async handle({ params, query, caller, request, deps }) {
    const found = await visibleBlueprint(deps, caller, params.name, query.version);
    if (wantsJson(request.headers.get("accept"))) return ok(await deps.catalogue.graph(found), { vary: "accept" });
    return new Response(blueprintDot(found.document), {
      headers: { "content-type": `${DOT}; charset=utf-8`, vary: "accept" },
    });
  },
});

/** DOT is what the reference gives, so JSON has to be asked for. */
function wantsJson(accept: string | null): boolean {
  const json = accept?.indexOf("application/json") ?? -1;
  const dot = accept?.indexOf(DOT) ?? -1;
  return json >= 0 && (dot < 0 || json < dot);
}

/** 404 for what does not exist and for what is another client's own. */
async function visibleBlueprint(
  deps: HttpDeps,
  caller: Caller,
  name: string,
  version: number | undefined,
): Promise<StoredBlueprint> {
  if (version !== undefined && version > 2_147_483_647) throw notFound("Blueprint");
  const found = version === undefined ? await deps.catalogue.head(name) : await deps.catalogue.version(name, version);
  const clientId = clientFilterOf(caller);
  if (!found || (clientId !== null && !found.shared && found.clientId !== clientId)) throw notFound("Blueprint");
  return found;
}

export const blueprintRoutes = [
  listBlueprints,
  getSchema,
  getBlueprint,
  put,
  listVersions,
  deleteBlueprintVersion,
  getGraph,
];
