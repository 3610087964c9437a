import { z } from "zod";
import { errorDetail } from "./error";
import { jsonObject, jsonValue } from "./shape";

/**
 * The shapes of the worker protocol, as its document tells them. The server reads more than this: what older and newer
 * workers send besides is accepted or left alone, and a member of another type is mended where that can be done.
 */

export const workerId = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,128}$/, "must be 1 to 128 letters, digits, _ or -")
  .meta({ description: "The worker's id", example: "packer-1" });

const skillWord = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);
const attemptId = z.string().meta({
  description: "The `task_id` that was handed out: job, number of the task, number of the hand-out",
  example: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.1.1",
});
const unixSeconds = z.number().int().meta({ description: "Unix seconds; may differ from the server's by one minute" });

export const securityContext = z
  .looseObject({
    signature: z.string().optional().meta({
      description:
        "Hex of the HMAC-SHA256, under the worker's token, of the message as canonical JSON: without nulls and `security`, keys sorted, no spaces",
    }),
    signer_id: workerId.optional(),
    identity_chain: z.array(z.string()).optional(),
    metadata: jsonObject.optional(),
  })
  .meta({ id: "SecurityContext" });

const signed = {
  timestamp: unixSeconds.optional(),
  security: securityContext.optional(),
  metadata: jsonObject.optional(),
};

export const skillInfo = z
  .looseObject({
    name: skillWord,
    type: z.string().optional(),
    description: z.string().optional(),
    version: z.string().optional(),
    input_schema: jsonObject.optional(),
    output_schema: jsonObject.optional(),
    events_schema: z.record(z.string(), jsonObject).optional(),
    output_statuses: z.array(z.string()).optional(),
    schema_dialect: z.string().optional(),
    properties: jsonObject.optional(),
  })
  .meta({ id: "SkillInfo", description: "A skill and what its worker promises of it" });

const skillList = z.array(z.union([skillInfo, skillWord])).max(1_000);

const device = z.looseObject({
  type: z.string(),
  model: z.string().optional(),
  id: z.string().optional(),
  properties: jsonObject.optional(),
  metrics: jsonObject.optional(),
});

export const workerRegistration = z
  .looseObject({
    worker_id: workerId,
    worker_type: z.string().optional().meta({ description: "Default `generic`" }),
    supported_skills: skillList.optional(),
    supported_tasks: skillList.optional().meta({ description: "The older name of `supported_skills`" }),
    available_skills: z.array(skillWord).optional(),
    hot_skills: z.array(z.union([skillWord, skillInfo])).optional(),
    resources: z
      .looseObject({ devices: z.array(device).optional(), properties: jsonObject.optional() })
      .optional()
      .meta({ description: "Also flat, as in `{cpu_cores, ram_gb, gpu_info}`" }),
    installed_software: z.record(z.string(), z.string()).optional().meta({ description: "Name → version" }),
    installed_artifacts: z
      .array(
        z.looseObject({
          name: z.string(),
          version: z.string().optional(),
          type: z.string().optional(),
          properties: jsonObject.optional(),
        }),
      )
      .optional(),
    capabilities: z
      .looseObject({
        hostname: z.string().optional(),
        ip_address: z.string().optional(),
        cost_per_skill: z.record(z.string(), z.number()).optional(),
        s3_config_hash: z.string().optional(),
        extra: jsonObject.optional(),
      })
      .optional(),
    max_concurrent_tasks: z.number().optional().meta({ description: "How many tasks at a time; default 1" }),
    skills_hash: z.string().optional(),
    ...signed,
  })
  .meta({ id: "WorkerRegistration" });

const tokens = {
  access_token: z.string(),
  expires_in: z.number().int().meta({ description: "Seconds" }),
  refresh_token: z.string(),
};

/** The members of the token are there when the server gives one at once. */
export const workerRegistered = z
  .object({
    status: z.literal("registered"),
    version: z.string().meta({ description: "The server's version of the protocol" }),
    warning: z.string().optional(),
    worker_id: workerId.optional(),
    access_token: tokens.access_token.optional(),
    expires_in: tokens.expires_in.optional(),
    refresh_token: tokens.refresh_token.optional(),
  })
  .meta({ id: "WorkerRegistered" });

export const workerHeartbeat = z
  .looseObject({
    worker_id: workerId.optional(),
    status: z
      .string()
      .optional()
      .meta({ description: "`idle`, `busy`, `full`, `active`, `draining` or `offline`", example: "busy" }),
    usage: z
      .looseObject({
        cpu_load_percent: z.number().optional(),
        ram_used_gb: z.number().optional(),
        devices_usage: z.array(jsonObject).optional(),
      })
      .optional(),
    current_tasks: z.array(attemptId).optional(),
    supported_skills: skillList.optional().meta({ description: "Only when they changed" }),
    supported_tasks: skillList.optional(),
    available_skills: z.array(skillWord).optional(),
    hot_skills: z.array(z.union([skillWord, skillInfo])).optional(),
    skills_hash: z.string().optional(),
    ...signed,
  })
  .meta({ id: "WorkerHeartbeat" });

export const heartbeatAnswer = z
  .union([
    z.object({ status: z.literal("ttl_refreshed") }).meta({ id: "HeartbeatPing" }),
    z
      .object({
        status: z.literal("ok"),
        require_full_sync: z.boolean().optional().meta({ description: "Send all skills with the next one" }),
        cancel_task_ids: z.array(attemptId).optional().meta({ description: "Tasks to give up" }),
        next_heartbeat_jitter_ms: z.number().int().min(0).optional(),
      })
      .meta({ id: "HeartbeatAccepted" }),
  ])
  .meta({ id: "HeartbeatAnswer" });

export const taskPayload = z
  .looseObject({
    job_id: z.string(),
    task_id: attemptId,
    type: z.string().meta({ description: "The skill" }),
    params: jsonObject,
    tracing_context: z.record(z.string(), z.string()),
    priority: z.number(),
    deadline: z.number().int().optional().meta({ description: "Unix seconds" }),
    timestamp: z.number().int().meta({ description: "Unix seconds" }),
    metadata: z.looseObject({
      idempotency_key: z.string().meta({ description: "The same for every attempt of the task" }),
      attempt: z.number().int(),
    }),
  })
  .meta({ id: "TaskPayload" });

export const taskResultBody = z
  .looseObject({
    job_id: z.string().optional(),
    task_id: attemptId,
    worker_id: workerId.optional(),
    origin_worker_id: z.string().optional(),
    status: z.string().max(128).optional().meta({
      description: "`success` (default), `failure`, `cancelled`, or a word that the blueprint's transitions name",
    }),
    data: jsonValue.optional().meta({ description: "An object; anything else is kept as `{data: …}`" }),
    error: z
      .union([
        z.looseObject({ code: z.string().optional(), message: z.string().optional(), details: jsonValue.optional() }),
        z.string(),
      ])
      .nullish(),
    data_metadata: jsonObject.optional(),
    costs: z.looseObject({ execution_time_seconds: z.number().optional() }).optional(),
    ...signed,
  })
  .meta({ id: "TaskResult" });

export const IGNORED_REASONS = [
  "job_not_found",
  "worker_mismatch",
  "stale_task",
  "deadline_exceeded",
  "job_cancelled",
  "job_already_terminated",
] as const;

export const taskResultAnswer = z
  .union([
    z
      .object({
        status: z.literal("accepted"),
        transition: z.enum([
          "success_transition",
          "failure_handled",
          "cancelled_handled",
          "parallel_branch_accepted",
          "unhandled_status_failure",
          "result_stored",
        ]),
      })
      .meta({ id: "ResultAccepted" }),
    z
      .object({ status: z.literal("ignored"), reason: z.enum(IGNORED_REASONS), message: z.string() })
      .meta({ id: "ResultIgnored", description: "It changes nothing; do not send it again" }),
  ])
  .meta({ id: "ResultAnswer" });

export const workerEventBody = z
  .looseObject({
    event_id: z.string().meta({ description: "The same id again is the same event" }),
    worker_id: workerId.optional(),
    origin_worker_id: z.string().optional(),
    event_type: skillWord.meta({ description: "`progress`, or a word that the blueprint's event transitions name" }),
    payload: jsonObject.meta({ description: "Of `progress`: `progress` from 0 to 1 or to 100, and `message`" }),
    origin_task_id: attemptId.nullish(),
    target_task_id: attemptId.nullish(),
    target_job_id: z.string().nullish(),
    bubbling_chain: z.array(z.string()).optional(),
    trace_context: z.record(z.string(), z.string()).optional(),
    priority: z.number().optional(),
    ...signed,
  })
  .meta({ id: "WorkerEvent" });

export const workerEventAnswer = z
  .union([
    z.object({ status: z.literal("event_accepted") }).meta({ id: "EventAccepted" }),
    z
      .object({ status: z.literal("error"), code: z.string(), message: z.string() })
      .meta({ id: "EventRefused", description: "It changes nothing; do not send it again" }),
  ])
  .meta({ id: "EventAnswer" });

export const workerTokens = z
  .object({ ...tokens, worker_id: workerId, metadata: jsonObject.optional() })
  .meta({ id: "WorkerTokens" });

export const refreshBody = z
  .looseObject({ refresh_token: z.string().min(1) })
  .meta({ id: "RefreshTokens", description: "A refresh token serves once" });

/** The SDK of the reference reads the text and, beside 429, the code. */
export const workerRefusal = z
  .object({ error: z.string(), code: z.string(), details: z.array(errorDetail).optional() })
  .meta({ id: "WorkerRefusal" });

export const callSkillBody = z
  .looseObject({
    skill_name: skillWord,
    params: jsonObject.optional(),
    timeout: z.number().gt(0).max(60).optional().meta({ description: "Seconds to wait; default 60" }),
    cancel_on_disconnect: z.boolean().optional().meta({ description: "Cancel the job when the connection closes" }),
  })
  .meta({ id: "CallSkill" });

export const callSkillAnswer = z
  .object({
    status: z.string().meta({ description: "The worker's own word, as `success`; `failure` beside an error" }),
    data: jsonValue.optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    job_id: z.string(),
  })
  .meta({ id: "SkillAnswer" });

export const callOver = z
  .object({ error: z.string(), code: z.literal("unavailable"), job_id: z.string() })
  .meta({ id: "SkillCallOver" });
