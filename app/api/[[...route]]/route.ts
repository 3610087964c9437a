import { thisProcess } from "@/server/this-process";

interface Context {
  params: Promise<{ route?: string[] }>;
}

/**
 * The same API that `server/main.ts` answers natively, for wherever Next alone is hosted. Paths outside of `/api` come
 * as `/api/_mounted/…` (`rewrites` in `next.config.ts`).
 */
async function answer(encoded: Request, { params }: Context): Promise<Response> {
  const request = plain(encoded);
  const [first, ...rest] = (await params).route ?? [];
  if (first !== "_mounted") return thisProcess().fetch(request);
  const url = new URL(request.url);
  url.pathname = `/${rest.map(encodeURIComponent).join("/")}`;
  return thisProcess().fetch(new Request(url, request));
}

/** Next compresses answers itself, also what is compressed already. */
function plain(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete("accept-encoding");
  return new Request(request, { headers });
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };

export const dynamic = "force-dynamic";
