import type { ReadyAnswer } from "@/lib/api/system";
import type { CheckResult, KnownCheck } from "@/server/probes/check";
import { watchLiveness } from "@/server/probes/liveness";
import { createReadiness } from "@/server/probes/readiness";
import { serverChecks } from "@/server/probes/server-checks";
import type { TransportView } from "@/server/queue/contract";
import { openDatabaseProbe } from "@/server/store/database-probe";

/** How long the database has to answer. */
const WAIT_MS = 800;

/** What the probes of a web process are answered from. */
export interface WebProbes {
  start(): void;
  /** From now on it is not ready, and its figures say so. */
  drain(figures: { drain(): void }): void;
  stop(): Promise<void>;
  /** Takes no time. */
  liveness(): CheckResult[];
  /** From what was found within the last moments. Without Redis: while it is away, work goes on through Postgres. */
  readiness(): Promise<CheckResult[]>;
}

interface HealthyEngine {
  /** `ready`: its own statements come through. */
  health(): { ready: boolean; checks: Record<string, string> };
}

export function openWebProbes(databaseUrl: string, engine: HealthyEngine): WebProbes {
  const database = openDatabaseProbe(databaseUrl, { name: "batuta web probe", waitMs: WAIT_MS });
  const own = { isDraining: false };
  const known: KnownCheck[] = [
    { name: "engine", look: () => (engine.health().ready ? null : "its statements fail") },
    { name: "draining", look: () => (own.isDraining ? "takes no more requests and ends" : null) },
  ];
  const readiness = createReadiness(
    serverChecks({ database: () => database.ask().catch(withhold), redis: null }),
    known,
  );
  const liveness = watchLiveness({ pulse: null });
  return {
    start: () => readiness.start(),
    drain(figures) {
      own.isDraining = true;
      figures.drain();
    },
    stop() {
      readiness.stop();
      liveness.stop();
      return database.close();
    },
    liveness: () => liveness.results(),
    readiness: () => readiness.results(),
  };
}

/** Anybody may ask: where the database is, and as whom it is asked, is for the log. */
function withhold(): never {
  throw new Error("does not answer");
}

/** The same in the words of `GET /readyz`, with what else there is to say of this process. */
export async function healthOf(
  probes: Pick<WebProbes, "readiness">,
  engine: HealthyEngine,
  { configured, redis }: TransportView,
  queue: string,
  degraded: string[],
): Promise<Omit<ReadyAnswer, "ok">> {
  const results = await probes.readiness();
  const answers = results.some(({ name, ok }) => name === "db" && ok);
  return {
    ready: results.every(({ ok }) => ok),
    db: wordOf(answers),
    redis: configured ? wordOf(redis.answers) : "off",
    checks: { ...engine.health().checks, database: answers ? "ok" : "does not answer", queue },
    degraded,
  };
}

function wordOf(isThere: boolean): "connected" | "disconnected" {
  return isThere ? "connected" : "disconnected";
}
