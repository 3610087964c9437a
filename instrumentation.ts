import { thisProcessIfStarted } from "./server/this-process";

/** Under plain `next start` nothing else starts the engine; under `server/main.ts` it is running already. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || process.env.NEXT_PHASE === "phase-production-build") return;
  // What follows is a second copy of the whole server: not even loaded where the first one runs.
  if (thisProcessIfStarted()) return;
  const { startUnderNext } = await import("./server/start-under-next");
  await startUnderNext();
}
