import { BridgeError } from "../bridge-error";
import type { Run } from "./run";
import type { RunLine } from "./run-line";

/** Ends the waiting of all, lets what runs end within `drainMs`, then stops it. Resolves when no code holds a place. */
export async function closeRuns(
  line: RunLine,
  running: readonly Run[],
  drainMs: number,
): Promise<{ finished: number; cancelled: number; killed: number }> {
  const waiting = line.failAll(
    ({ request }) => new BridgeError("BRIDGE_CLOSED", `${request.task.name} was not started: the executor is closing`),
  );
  const all = Promise.all(running.map((run) => run.ended));
  const drain = new AbortController();
  await Promise.race([all, delay(drainMs, drain.signal)]);
  drain.abort();
  for (const run of running) run.tellToStop("BRIDGE_CLOSED", "the executor is closing");
  const ends = await all;
  const killed = ends.filter((end) => end !== "ended").length;
  const cancelled = running.filter((run) => run.stop !== null && run.end === "ended").length;
  return { finished: running.length - killed - cancelled, cancelled: cancelled + waiting, killed };
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
