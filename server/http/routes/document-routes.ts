import { z } from "zod";
import { documentQuery, documentRow } from "@/lib/api/document";
import { NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { clientFilterOf } from "@/server/clients/caller";
import { readDocuments } from "@/server/store/reads/document-rows";
import { ok, operation } from "../operation";

const list = operation({
  id: "listDocuments",
  method: "GET",
  path: "/documents",
  tag: "Reports",
  summary: "The documents of a workspace and how far `process_document` is with each, those that wait for it as well",
  description:
    "A document that is nobody's business of yours, and one that nobody asked to process, are not in the list.",
  access: "reports:read",
  query: documentQuery,
  answers: {
    200: { description: "A page of documents", schema: z.array(documentRow), headers: [NEXT_CURSOR_HEADER] },
  },
  async handle({ query, caller, deps }) {
    const { workspace_id: workspaceId, document_id: documentId = null, cursor: after = null, limit } = query;
    const wanted = { workspaceId, documentId, clientId: clientFilterOf(caller), after, limit };
    const rows = await readDocuments(deps.database.pool, wanted);
    const last = rows.length === limit ? rows.at(-1)?.document_id : undefined;
    return ok(rows, last ? { [NEXT_CURSOR_HEADER]: last } : {});
  },
});

export const documentRoutes = [list];
