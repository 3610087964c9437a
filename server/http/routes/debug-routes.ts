import { z } from "zod";
import { notFound } from "@/server/errors";
import { ok, operation } from "../operation";

const flushed = z
  .object({
    status: z.literal("db_flushed"),
    deleted_keys: z.number().int().meta({ description: "0 where messages go by Postgres" }),
  })
  .meta({ id: "Flushed" });

const flush = operation({
  id: "flushQueue",
  method: "POST",
  path: "/_public/debug/flush_db",
  tag: "System",
  summary:
    "For tests, with BATUTA_ALLOW_FLUSH only: forget what is in Redis below our prefix; jobs go on from Postgres",
  access: "admin",
  answers: { 200: { description: "It is forgotten", schema: flushed }, 404: { description: "It is not allowed here" } },
  async handle({ deps }) {
    if (!deps.config.allowFlush) throw notFound("This operation");
    deps.log.warn("the queue's keys in Redis are deleted on request");
    return ok({ status: "db_flushed", deleted_keys: (await deps.flushQueue?.()) ?? 0 });
  },
});

export const debugRoutes = [flush];
