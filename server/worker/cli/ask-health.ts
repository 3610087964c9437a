import { readCommandConfig } from "@/server/config";

const ANSWER_WITHIN_MS = 2_500;

/** Asks the worker process on this machine and prints what it says. Resolves with 0 when it is well, 1 when not. */
export async function askHealth(path: "/readyz" | "/livez"): Promise<number> {
  const { config } = readCommandConfig();
  const url = `${probeAddress(config.worker)}${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    process.stdout.write(`${await response.text()}\n`);
    return response.ok ? 0 : 1;
  } catch (error) {
    const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : error;
    const reason = cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
    process.stdout.write(`${JSON.stringify({ ok: false, error: `${url} does not answer: ${reason}` })}\n`);
    return 1;
  }
}

/** Where the probes of a worker on this machine are. */
export function probeAddress({ httpHost, httpPort }: { httpHost: string; httpPort: number }): string {
  const everywhere = httpHost === "0.0.0.0" || httpHost === "::";
  const host = everywhere ? "127.0.0.1" : httpHost.includes(":") ? `[${httpHost}]` : httpHost;
  return `http://${host}:${httpPort}`;
}
