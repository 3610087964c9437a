/**
 * The system route that `endpoint` would shadow, or null. Both are paths below the API's versioned prefix; a part in
 * braces (`/jobs/{job_id}/cancel`) or with a colon stands for anything. Give the routes of the method POST: only those
 * can clash, since an endpoint is nothing but a POST.
 */
export function endpointClash(endpoint: string, systemRoutes: readonly string[]): string | null {
  const parts = partsOf(endpoint);
  return systemRoutes.find((route) => overlaps(parts, partsOf(route))) ?? null;
}

function overlaps(left: readonly string[], right: readonly string[]): boolean {
  return (
    left.length === right.length &&
    left.every((part, index) => part === right[index] || isParameter(right[index] as string))
  );
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function isParameter(part: string): boolean {
  return part.startsWith(":") || (part.startsWith("{") && part.endsWith("}"));
}
