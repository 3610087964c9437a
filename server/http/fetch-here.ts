import { thisProcess } from "@/server/this-process";

/**
 * Asks this process's own API in the name of a page's request, without the network: `path` from `/api/v1` on, `headers`
 * those of the page's request (its cookie says who asks). The answer's JSON, or null when it is no 2xx.
 */
export async function fetchHere<T>(path: string, headers: Headers): Promise<T | null> {
  const host = headers.get("host") ?? "localhost";
  const request = new Request(new URL(path, `http://${host}`), {
    headers: { cookie: headers.get("cookie") ?? "", host, accept: "application/json" },
  });
  const response = await thisProcess().fetch(request);
  return response.ok ? ((await response.json()) as T) : null;
}
