import { examinationAnswer } from "@/lib/api/doctor";
import { type Examination, examine } from "@/server/doctor/examine";
import { storedBlueprints } from "@/server/doctor/stored-blueprints";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";

/** An HTTP answer that comes later than this is often not waited for. */
const LIMIT_MS = 20_000;

const doctor = operation({
  id: "examine",
  method: "GET",
  path: "/admin/doctor",
  tag: "System",
  summary: "Check the invariants of all stored jobs; only reads",
  access: "admin",
  answers: { 200: { description: "What was found, within 20 seconds", schema: examinationAnswer } },
  handle: async ({ deps }) => ok(await sharedExamination(deps)),
});

const underWay = new WeakMap<HttpDeps, Promise<Examination>>();

/** One at a time: whoever asks meanwhile gets the same answer. */
function sharedExamination(deps: HttpDeps): Promise<Examination> {
  const running = underWay.get(deps);
  if (running) return running;
  const { database } = deps;
  const started = examine(database, { blueprints: storedBlueprints(database), limitMs: LIMIT_MS }).finally(() =>
    underWay.delete(deps),
  );
  underWay.set(deps, started);
  return started;
}

export const adminRoutes = [doctor];
