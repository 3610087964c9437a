import { thisProcess } from "@/server/this-process";

interface Context {
  params: Promise<{ route?: string[] }>;
}

/**
 * The same API that `server/main.ts` answers natively, for wherever Next alone is hosted. Paths outside of `/api` come
 * as `/api/_mounted/…` (`rewrites` in `next.config.ts`).
 */
async function answer(request: Request, { params }: Context): Promise<Response> {
  const [first, ...rest] = (await params).route ?? [];
  if (first !== "_mounted") return thisProcess().fetch(request);
  const url = new URL(request.url);
  url.pathname = `/${rest.map(encodeURIComponent).join("/")}`;
  return thisProcess().fetch(new Request(url, request));
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };

export const dynamic = "force-dynamic";
