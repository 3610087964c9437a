import { z } from "zod";
import { aliveAnswer, checkAnswer, probeQuery, readyAnswer, startedAnswer, statusAnswer } from "@/lib/api/system";
import { answerCheck, answerProbe, type ProbeAnswer } from "@/server/probes/answer";
import type { CheckResult } from "@/server/probes/check";
import { type Answer, ok, operation } from "../operation";

const params = z.object({ check: z.string().max(100).meta({ description: "As in `checks`", example: "db" }) });
const ONE_CHECK = {
  200: { description: "It is well", schema: checkAnswer },
  503: { description: "It is not; `message` says why", schema: checkAnswer },
};

const uptime = () => Math.round(process.uptime());

const healthy = operation({
  id: "getHealth",
  method: "GET",
  path: "/healthz",
  tag: "System",
  summary: "Whether the process is alive, in one word",
  access: "open",
  answers: {
    200: { description: "It is", schema: statusAnswer },
    503: { description: "It stood still; start it again", schema: statusAnswer },
  },
  async handle({ deps }) {
    const isWell = deps.probes.liveness().every((check) => check.ok);
    return { status: isWell ? 200 : 503, body: { status: isWell ? "ok" : "stuck" } };
  },
});

const alive = operation({
  id: "getLiveness",
  method: "GET",
  path: "/livez",
  tag: "System",
  summary: "Whether the process makes progress; servers that are away are no part of it. Also at `/api/livez`",
  access: "open",
  query: probeQuery,
  answers: {
    200: { description: "It does", schema: aliveAnswer, otherTypes: ["text/plain"] },
    503: { description: "It stood still; start it again", schema: aliveAnswer, otherTypes: ["text/plain"] },
  },
  async handle({ deps, url }) {
    const bodyOf = (isWell: boolean, checks: CheckResult[]) => ({ ok: isWell, uptime_seconds: uptime(), checks });
    return sent(answerProbe("/livez", deps.probes.liveness(), url.searchParams, bodyOf));
  },
});

const aliveCheck = operation({
  id: "getLivenessCheck",
  method: "GET",
  path: "/livez/{check}",
  tag: "System",
  summary: "One check of `/livez`",
  access: "open",
  params,
  subject: "Check",
  answers: ONE_CHECK,
  handle: async ({ params, deps }) => sent(answerCheck(deps.probes.liveness(), params.check)),
});

const started = operation({
  id: "getStartup",
  method: "GET",
  path: "/startupz",
  tag: "System",
  summary: "Whether the start is over: a process that answers here has started. Also at `/api/startupz`",
  access: "open",
  answers: { 200: { description: "It is", schema: startedAnswer } },
  handle: async () => ok({ ok: true, uptime_seconds: uptime() }),
});

const ready = operation({
  id: "getReadiness",
  method: "GET",
  path: "/readyz",
  tag: "System",
  summary: "Whether the process can do its work. Also at `/api/readyz`",
  access: "open",
  query: probeQuery,
  answers: {
    200: { description: "It can", schema: readyAnswer, otherTypes: ["text/plain"] },
    503: { description: "It cannot; `checks` say why", schema: readyAnswer, otherTypes: ["text/plain"] },
  },
  async handle({ deps, url }) {
    const health = await deps.health();
    const bodyOf = (isReady: boolean) => ({ ...health, ok: isReady, ready: isReady });
    return sent(answerProbe("/readyz", await deps.probes.readiness(), url.searchParams, bodyOf));
  },
});

const readyCheck = operation({
  id: "getReadinessCheck",
  method: "GET",
  path: "/readyz/{check}",
  tag: "System",
  summary: "One check of `/readyz`, as in `/readyz/db`",
  access: "open",
  params,
  subject: "Check",
  answers: ONE_CHECK,
  handle: async ({ params, deps }) => sent(answerCheck(await deps.probes.readiness(), params.check)),
});

function sent({ status, body }: ProbeAnswer): Answer | Response {
  if (typeof body !== "string") return { status, body };
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}

export const probeRoutes = [healthy, alive, aliveCheck, started, ready, readyCheck];
