/** `next` when it is a path of this site, else `/`: a link with a foreign address must not lead anybody away. */
export function safePath(next: string | null | undefined): string {
  if (!next?.startsWith("/")) return "/";
  const base = "http://site.invalid";
  try {
    const url = new URL(next, base);
    return url.origin === base ? url.pathname + url.search + url.hash : "/";
  } catch {
    // Not an address at all, like "//[".
    return "/";
  }
}
