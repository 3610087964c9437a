/**
 * Takes the results out of a fan-out's `aggregation_list`, whose items are `{status, data, error}`; items that are no
 * such envelope stand for themselves. Failed branches are counted, not returned.
 */
export function branchResults(list: readonly unknown[]): { results: unknown[]; failed: number } {
  const results: unknown[] = [];
  let failed = 0;
  for (const item of list) {
    if (!isEnvelope(item)) results.push(item);
    else if (isGiven(item.error) || !isGiven(item.data)) failed += 1;
    else results.push(item.data);
  }
  return { results, failed };
}

function isEnvelope(item: unknown): item is { status: unknown; data?: unknown; error?: unknown } {
  return typeof item === "object" && item !== null && "status" in item && ("data" in item || "error" in item);
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
