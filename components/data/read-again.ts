import type { Query } from "@tanstack/react-query";

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
