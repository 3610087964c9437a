import { z } from "zod";

export const statusAnswer = z.object({ status: z.enum(["ok", "stuck"]) }).meta({ id: "Status" });

/** Of probes with several checks. */
export const probeQuery = z.object({
  verbose: z.string().optional().meta({ description: "Whatever its value: one line for each check, for people" }),
  exclude: z.string().optional().meta({ description: "Names of checks that do not count, with commas between them" }),
});

export const checkAnswer = z
  .object({
    name: z.string(),
    ok: z.boolean(),
    latency_ms: z.number().meta({ description: "How long the answer took that this is known from" }),
    message: z.string().optional().meta({ description: "What is wrong" }),
  })
  .meta({ id: "Check" });

export const startedAnswer = z.object({ ok: z.boolean(), uptime_seconds: z.number() }).meta({ id: "Started" });

export const aliveAnswer = z.object({ ...startedAnswer.shape, checks: z.array(checkAnswer) }).meta({ id: "Alive" });

/** The same, to anybody who asks, with what runs on its second choice. */
export const publicStatusAnswer = z
  .object({
    status: z.literal("ok"),
    degraded: z.array(z.string()).meta({ description: "What runs on its second choice, in words" }),
  })
  .meta({ id: "PublicStatus" });

export const readyAnswer = z
  .object({
    ready: z.boolean(),
    ok: z.boolean().meta({ description: "The same as `ready`, in the word that the worker process uses" }),
    db: z.enum(["connected", "disconnected"]),
    redis: z
      .enum(["connected", "disconnected", "off"])
      .meta({ description: "`off`: the queue runs on Postgres; `disconnected`: it does so until Redis is back" }),
    checks: z.record(z.string(), z.string()).meta({ description: "Part → `ok`, or what is wrong" }),
    degraded: z.array(z.string()).meta({ description: "What runs on its second choice, in words" }),
  })
  .meta({ id: "Ready" });

export type ReadyAnswer = z.infer<typeof readyAnswer>;
