import type { WorkerHealth } from "../health";
import type { CheckResult } from "./check";

/** What a probe says; a text is sent as it is. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: object | string;
}

/** The answer of a probe with several checks: `?exclude=<name>` leaves one out, `?verbose` writes it for people. */
export function answerProbe(
  path: string,
  results: CheckResult[],
  query: URLSearchParams,
  health: WorkerHealth | null,
): Answer {
  const excluded = new Set(query.getAll("exclude").flatMap((names) => names.split(",")));
  const counted = results.filter(({ name }) => !excluded.has(name));
  const ok = counted.every((check) => check.ok);
  const status = ok ? 200 : 503;
  if (query.has("verbose")) return { status, body: written(path, results, excluded, ok) };
  if (health === null)
    return { status, body: { ok, uptime_seconds: Math.round(process.uptime()), ...told(path, counted) } };
  const { draining, running, waiting, unreported } = health;
  const servers = { db: serverWord("db", results), redis: serverWord("redis", results) };
  return { status, body: { ok, ...servers, checks: counted, draining, running, waiting, unreported } };
}

/** One check by its name. */
export function answerChecks(results: CheckResult[], name: string): Answer {
  const found = results.find((check) => check.name === name);
  if (found) return { status: found.ok ? 200 : 503, body: found };
  return { status: 404, body: { error: `No such check; there are ${results.map((check) => check.name).join(", ")}` } };
}

/** `/healthz` has two members and no more. */
function told(path: string, checks: CheckResult[]): { checks?: CheckResult[] } {
  return path === "/healthz" ? {} : { checks };
}

/** `off`: this process does without it. */
function serverWord(name: string, results: CheckResult[]): "connected" | "disconnected" | "off" {
  const check = results.find((each) => each.name === name);
  if (check === undefined) return "off";
  return check.ok ? "connected" : "disconnected";
}

function written(path: string, results: CheckResult[], excluded: Set<string>, ok: boolean): string {
  const lines = results.map(({ name, ok: isWell, message, latency_ms }) => {
    if (excluded.has(name)) return `[ ]${name} excluded`;
    return isWell ? `[+]${name} ok (${latency_ms} ms)` : `[-]${name} failed: ${message} (${latency_ms} ms)`;
  });
  return `${[...lines, `${path.slice(1)} check ${ok ? "passed" : "failed"}`].join("\n")}\n`;
}
