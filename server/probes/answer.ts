import type { CheckResult } from "./check";

/** What a probe says; a text is sent as it is. */
export interface ProbeAnswer {
  status: number;
  headers?: Record<string, string>;
  body: object | string;
}

/**
 * The answer of a probe with several checks: `?exclude=<name>` leaves one out, `?verbose` writes it for people. `bodyOf`
 * makes the body of those that count.
 */
export function answerProbe(
  path: string,
  results: CheckResult[],
  query: URLSearchParams,
  bodyOf: (ok: boolean, counted: CheckResult[]) => object,
): ProbeAnswer {
  const excluded = new Set(query.getAll("exclude").flatMap((names) => names.split(",")));
  const counted = results.filter(({ name }) => !excluded.has(name));
  const ok = counted.every((check) => check.ok);
  return {
    status: ok ? 200 : 503,
    body: query.has("verbose") ? written(path, results, excluded, ok) : bodyOf(ok, counted),
  };
}

/** One check by its name. */
export function answerCheck(results: CheckResult[], name: string): ProbeAnswer {
  const found = results.find((check) => check.name === name);
  if (found) return { status: found.ok ? 200 : 503, body: found };
  const error = `No such check; there are ${results.map((check) => check.name).join(", ")}`;
  return { status: 404, body: { error, code: "not_found" } };
}

function written(path: string, results: CheckResult[], excluded: Set<string>, ok: boolean): string {
  const lines = results.map(({ name, ok: isWell, message, latency_ms }) => {
    if (excluded.has(name)) return `[ ]${name} excluded`;
    return isWell ? `[+]${name} ok (${latency_ms} ms)` : `[-]${name} failed: ${message} (${latency_ms} ms)`;
  });
  const strange = [...excluded].filter((name) => !results.some((check) => check.name === name));
  if (strange.length > 0) lines.push(`no check is called ${strange.map((name) => JSON.stringify(name)).join(", ")}`);
  return `${[...lines, `${path.slice(1)} check ${ok ? "passed" : "failed"}`].join("\n")}\n`;
}
