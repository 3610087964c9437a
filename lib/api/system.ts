import { z } from "zod";

export const statusAnswer = z.object({ status: z.literal("ok") }).meta({ id: "Status" });

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
