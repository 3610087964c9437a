import { z } from "zod";
import { operation } from "../operation";
import { DOCS_ASSETS, type DocsAsset, docsAsset, docsVersion } from "../reference-page/assets";
import { DOCS_POLICY, docsPage } from "../reference-page/page";

const page = operation({
  id: "getDocs",
  method: "GET",
  path: "/_public/docs",
  tag: "System",
  summary: "This document to read, and to try, in a browser",
  access: "open",
  answers: { 200: { description: "A page", contentType: "text/html" } },
  async handle({ request, deps }) {
    const { clientApiPrefix: prefix } = deps.config;
    const documentUrl = `${prefix === "" ? "" : `/${prefix}`}/v1/openapi.json`;
    const html = docsPage({ headers: request.headers, documentUrl, version: docsVersion() });
    return new Response(html, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": DOCS_POLICY,
        "cross-origin-opener-policy": "same-origin",
        vary: "cookie, accept-language",
      },
    });
  },
});

const asset = operation({
  id: "getDocsAsset",
  method: "GET",
  path: "/_public/docs/{asset}",
  tag: "System",
  summary: "A file of that page",
  access: "open",
  params: z.object({ asset: z.enum(DOCS_ASSETS) }),
  subject: "File",
  answers: { 200: { description: "The file", contentType: "text/javascript", otherTypes: ["text/css"] } },
  async handle({ params }) {
    const bytes = await docsAsset(params.asset);
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: {
        "content-type": `${typeOf(params.asset)}; charset=utf-8`,
        "cache-control": "public, max-age=3600",
      },
    });
  },
});

function typeOf(name: DocsAsset): string {
  return name.endsWith(".css") ? "text/css" : "text/javascript";
}

export const docsRoutes = [page, asset];
