import { z } from "zod";
import { processAnswer, processId, startProcessAnswer, startProcessBody } from "@/lib/api/process";
import { IDEMPOTENCY_REPLAYED_HEADER } from "@/lib/api/start-job";
import type { Config } from "@/server/config";
import { idempotencyKeyOf, traceOf } from "@/server/jobs/start-job";
import { readProcessAs } from "@/server/processes/read-process";
import { startProcess } from "@/server/processes/start-process";
import { START_PARAMETERS } from "../openapi-headers";
import { ok, operation } from "../operation";

const orAnybody = (config: Config) => config.processApiOpen;
const OPEN = "With `PROCESS_API_OPEN=true` no token is needed: who has none is the client `process-api`.";

const start = operation({
  id: "startProcess",
  method: "POST",
  path: "/api/process/",
  tag: "Processes",
  summary: "Start a process for a user",
  description: `A process is a job of the blueprint that \`process_type\` names. Further members of the body are input of that blueprint. ${OPEN}`,
  access: "jobs:start",
  orAnybody,
  headers: START_PARAMETERS,
  body: startProcessBody,
  answers: {
    201: {
      description: "The process is stored and will run",
      schema: startProcessAnswer,
      headers: ["Location", IDEMPOTENCY_REPLAYED_HEADER, "X-Quota-Limit", "X-Quota-Remaining", "X-Quota-Reset"],
    },
    422: { description: "The Idempotency-Key was used for another request" },
  },
  async handle({ body, caller, request, deps }) {
    const started = await startProcess(deps, caller, body, {
      idempotencyKey: idempotencyKeyOf(request.headers),
      trace: traceOf(request.headers),
    });
    if (!started.replayed) deps.metrics.jobStarted(started.blueprint);
    return {
      status: 201,
      body: { process_id: started.processId, status: "pending" },
      headers: {
        ...started.headers,
        location: `/process/${started.processId}/status`,
        ...(started.replayed ? { [IDEMPOTENCY_REPLAYED_HEADER]: "true" } : {}),
      },
    };
  },
});

const IF_NONE_MATCH = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "The ETag of an earlier answer: as long as nothing changed the answer is 304, without a body",
  schema: { type: "string" },
};

const status = operation({
  id: "getProcessStatus",
  method: "GET",
  path: "/process/{process_id}/status",
  tag: "Processes",
  summary: "How far a process is",
  description: `Also at \`/api/process/{process_id}/status\`. ${OPEN}`,
  access: "jobs:read",
  orAnybody,
  params: z.object({ process_id: processId }),
  subject: "Process",
  headers: [IF_NONE_MATCH],
  answers: {
    200: { description: "The process and its tasks, in order", schema: processAnswer, headers: ["ETag"] },
    304: { description: "Nothing has changed", headers: ["ETag"] },
  },
  async handle({ params, caller, request, deps }) {
    const asked = request.headers.get("if-none-match");
    const { etag, process } = await readProcessAs(deps, caller, params.process_id, asked);
    return process === null ? new Response(null, { status: 304, headers: { etag } }) : ok(process, { etag });
  },
});

export const processRoutes = [start, status];
