import { z } from "zod";
import { PROCESS_WORDS } from "@/lib/process-status";
import { timestamp } from "./shape";

const PROCESS_ID = "proc_6f1d0c9a4be2473f8d5a90b7c3e1f264";

/** `proc_` and 128 random bits. */
export const processId = z
  .string()
  .regex(/^proc_[0-9a-f]{32}$/, "must be a process_id, as in proc_ and 32 hexadecimal digits")
  .meta({ description: "Names a process; nothing can be told or guessed from it", example: PROCESS_ID });

/** Longest `user_id`; it is free text. */
export const LONGEST_USER_ID = 200;

const text = (what: string, example: string, most: number) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is missing; send ${what}` : `must be a text: ${what}`) })
    .min(1, `is empty; send ${what}`)
    .max(most, `is longer than ${most} characters`)
    .meta({ description: `Free text: ${what}`, example });

/** Any further member is input of the blueprint, which says what it takes. */
export const startProcessBody = z
  .looseObject({
    process_type: text("the name of a blueprint that takes a user_id", "premium_subscription", 128),
    user_id: text("the user whom the process is for", "user_123", LONGEST_USER_ID),
  })
  .meta({ id: "StartProcess" });

const word = z.enum(PROCESS_WORDS).meta({
  description:
    "`success` and `failure` are last words; a retry, a pause or a person's decision is waited for as `running`",
});

export const startProcessAnswer = z.object({ process_id: processId, status: word }).meta({ id: "ProcessStarted" });

export const processTask = z
  .object({
    task_name: z.string().meta({ description: "Of the blueprint's state", example: "send_email" }),
    status: word,
    started_at: timestamp.nullable().meta({ description: "Of its first attempt; null until it begins" }),
    ended_at: timestamp.nullable().meta({ description: "Null until it has ended; never before `started_at`" }),
  })
  .meta({ id: "ProcessTask" });

export const processAnswer = z
  .object({
    process_id: processId,
    status: word,
    tasks: z.array(processTask).meta({ description: "All tasks of the process in order, those not begun as well" }),
  })
  .meta({
    id: "Process",
    example: {
      process_id: PROCESS_ID,
      status: "running",
      tasks: [
        {
          task_name: "validate_user",
          status: "success",
          started_at: "2025-07-20T15:00:00.000Z",
          ended_at: "2025-07-20T15:00:01.000Z",
        },
        { task_name: "send_email", status: "running", started_at: "2025-07-20T15:00:02.000Z", ended_at: null },
        { task_name: "register_external_service", status: "pending", started_at: null, ended_at: null },
      ],
    },
  });

export type StartProcessBody = z.infer<typeof startProcessBody>;
export type ProcessAnswer = z.infer<typeof processAnswer>;
export type ProcessTask = z.infer<typeof processTask>;
