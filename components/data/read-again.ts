import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";
import { ApiError } from "@/components/data/api-error";

/**
 * A `refetchInterval`: reads again every `ms` milliseconds what is shown and `goesOn`. What could not be read at all stands
 * still as the page says why: read again, it would blink back to its placeholder each time.
 */
export function readAgainEvery<Data>(ms: number, goesOn: (data: Data) => boolean = () => true) {
  return ({ state: { data, status } }: Pick<Query<Data>, "state">): number | false => {
    if (data === undefined) return status === "error" ? false : ms;
    return goesOn(data) ? ms : false;
  };
}

const TOO_MANY = 429;

/**
 * Has what is shown under `key` read again. What the server refused stays as it is: it would be refused again, and the
 * page that says so would blink back to its placeholder meanwhile.
 */
export function readAgain(client: QueryClient, key: QueryKey): void {
  void client.invalidateQueries({ queryKey: key, predicate: (query) => !isRefused(query) });
}

/** True when there is nothing to show because the server refused it for good: it is not there, or not for this person. */
export function isRefused({ state: { data, error } }: { state: Pick<Query["state"], "data" | "error"> }): boolean {
  if (data !== undefined || !(error instanceof ApiError)) return false;
  return error.status >= 400 && error.status < 500 && error.status !== TOO_MANY;
}
