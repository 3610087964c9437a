import { z } from "zod";
import { CLIENT_SCOPES, type ClientScope } from "@/lib/roles";
import { jsonObject, timestamp } from "./shape";

/** Where a client or a worker token is written down: only those of `api` are changed through the API. */
export const tokenSource = z.enum(["environment", "file", "api"]).meta({ id: "TokenSource" });

/** A token as it goes over the wire; long enough that it cannot be guessed. */
export const secretToken = z
  .string("must be a text")
  .min(16, "must have at least 16 characters; `openssl rand -base64 32` makes a good one")
  .max(512, "must have at most 512 characters")
  .regex(/^[\x21-\x7e]*$/, "must be plain ASCII without spaces");

export const shortText = (most: number) =>
  z
    .string("must be a text")
    .min(1, "must not be empty")
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\p{Cc}]*$/u, "must have no control characters");

export const clientName = z
  .string("must be a text")
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{N} ._@:-]{0,126}[\p{L}\p{N}._@:-])?$/u,
    "must be 1–128 letters, digits, spaces and . _ @ : -, and begin with a letter or digit",
  );

export const clientScopes = z
  .array(
    z.enum(CLIENT_SCOPES as unknown as [ClientScope, ...ClientScope[]], {
      error: `must be one of ${CLIENT_SCOPES.join(", ")}`,
    }),
    "must be a list",
  )
  .max(CLIENT_SCOPES.length, `must be at most ${CLIENT_SCOPES.length}`);

export const monthlyAttempts = z
  .number("must be a whole number")
  .int("must be a whole number")
  .min(0, "must be at least 0")
  .max(2_147_483_647, "must be at most 2147483647");

/** What may be said of a client beside its name and token; null takes it away. */
export const clientSettings = {
  description: shortText(500).nullable().optional(),
  scopes: clientScopes.optional().meta({ description: "What it may do; absent: `jobs`" }),
  plan: shortText(128).nullable().optional(),
  params: jsonObject.nullable().optional().meta({ description: "What its jobs read as `client.params`" }),
  config: jsonObject.nullable().optional().meta({ description: "What its jobs read as `client.config`" }),
  monthly_attempts: monthlyAttempts
    .nullable()
    .optional()
    .meta({ description: "Jobs that it may start in a calendar month (UTC); null: any number" }),
};

/** `POST /api/v1/clients` */
export const createClientBody = z
  .strictObject({
    name: clientName,
    token: secretToken.optional().meta({ description: "Absent: one is made, and shown in this answer only" }),
    ...clientSettings,
  })
  .meta({ id: "CreateClient" });

/** `PATCH /api/v1/clients/{client_id}`: what is absent stays. */
export const changeClientBody = z
  .strictObject({ ...clientSettings, disabled: z.boolean().optional() })
  .meta({ id: "ChangeClient" });

export const rotateBody = z.strictObject({ token: secretToken.optional() }).meta({ id: "Rotate" });

export const clientRow = z
  .object({
    id: z.number().int(),
    name: z.string(),
    description: z.string().nullable(),
    source: tokenSource,
    scopes: z.array(z.string()),
    plan: z.string().nullable(),
    params: jsonObject,
    config: jsonObject,
    monthly_attempts: z.number().int().nullable(),
    used_this_month: z.number().int().meta({ description: "Counted only while there is a quota" }),
    created_at: timestamp,
    disabled_at: timestamp.nullable(),
  })
  .meta({ id: "ClientRow", description: "An API client; its token is known to its owner only" });

export const clientWithToken = z
  .object({
    client: clientRow,
    token: z.string().nullable().meta({ description: "The token that was made, shown only now; null: it was given" }),
  })
  .meta({ id: "ClientWithToken" });

const rowId = z.string().regex(/^[1-9][0-9]{0,8}$/, "must be a number");
export const clientParams = z.object({ client_id: rowId.transform(Number) });
export const workerTokenParams = z.object({ token_id: rowId.transform(Number) });

export const deletedAnswer = z.object({ status: z.literal("deleted") }).meta({ id: "Deleted" });

export type ClientRow = z.infer<typeof clientRow>;
export type ClientWithToken = z.infer<typeof clientWithToken>;
export type CreateClientBody = z.infer<typeof createClientBody>;
export type ChangeClientBody = z.infer<typeof changeClientBody>;
