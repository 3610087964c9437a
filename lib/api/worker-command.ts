import { z } from "zod";
import { jsonObject } from "./shape";

/** A word to a worker through its WebSocket. */
export const workerCommandBody = z
  .strictObject({
    command: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,128}$/, "must be 1 to 128 letters, digits, _, . or -")
      .meta({ description: "What the worker listens for", example: "reload_model" }),
    params: jsonObject.optional(),
  })
  .meta({ id: "WorkerCommand" });

export const workerCommandAnswer = z
  .object({
    status: z.literal("accepted"),
    delivered: z.boolean().nullable().meta({
      description: "True: it was written to the worker's connection. Null: no process said that it has one",
    }),
  })
  .meta({ id: "WorkerCommandAnswer" });
