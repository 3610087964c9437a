import type { Config } from "@/server/config";
import { probeAddress } from "./ask-health";
import { type Finding, well, wrong } from "./finding";

interface Ready {
  ok: boolean;
  checks?: { name: string; ok: boolean; message?: string }[];
}

/** Who is at the port of the probes: a worker, which then says how it is, nobody, or a stranger. */
export async function portFindings({ worker }: Config): Promise<Finding[]> {
  if (worker.httpPort === 0) return [well("port", "WORKER_HTTP_PORT is 0: any free one")];
  const address = probeAddress(worker);
  const ready = await ask(`${address}/readyz`);
  if (ready === null) return [well("port", `nothing listens at ${address}: no worker runs here, and one could`)];
  if (!isReady(ready)) {
    return [wrong("port", `${address} is taken by another program`, "set WORKER_HTTP_PORT to a free one")];
  }
  if (ready.ok) return [well("port", `a worker at ${address} says that it is ready`)];
  const why = (ready.checks ?? []).filter((check) => !check.ok).map(({ name, message }) => `${name} (${message})`);
  const fix = "mend what it names; it goes on by itself when that is back";
  return [wrong("port", `the worker at ${address} is not ready: ${why.join(", ")}`, fix)];
}

/** Null: nothing listens. `{}`: something does, and does not speak as a worker. */
async function ask(url: string): Promise<object | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    const body: unknown = await response.json().catch(() => ({})); // no JSON: no worker
    return typeof body === "object" && body !== null ? body : {};
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    return code === "ECONNREFUSED" ? null : {};
  }
}

function isReady(body: object): body is Ready {
  return "ok" in body && "db" in body && "checks" in body;
}
