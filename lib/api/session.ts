import { z } from "zod";
import { PERMISSIONS, type Permission, ROLES, type Role } from "@/lib/roles";

export const role = z.enum(ROLES as unknown as [Role, ...Role[]]).meta({ id: "Role" });

export const operator = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role,
    groups: z.array(z.string()).meta({ description: "Whom `group:<name>` among an approval's approvers means" }),
  })
  .meta({ id: "Operator" });

export const operatorParams = z.object({ operator_id: z.string().min(1).max(128) });

/** `PUT /api/v1/operators/{operator_id}/groups`: all of the person's groups. */
export const groupsBody = z
  .object({
    groups: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1–128 letters, digits, _ or -"))
      .max(100, "must be at most 100"),
  })
  .meta({ id: "Groups" });

/** `GET /api/v1/session`: who is signed in, and what a sign-in page has to offer when nobody is. */
export const sessionAnswer = z
  .object({
    operator: operator.nullable(),
    permissions: z.array(z.enum(PERMISSIONS as unknown as [Permission, ...Permission[]])),
    setup_required: z.boolean().meta({ description: "True while there is no operator at all" }),
    local: z.boolean().meta({ description: "Started by `npm start` for this machine alone" }),
    version: z.string(),
  })
  .meta({ id: "Session" });

export const signInBody = z
  .object({ email: z.email("must be an e-mail address").max(254), password: z.string().min(1).max(128) })
  .meta({ id: "SignIn" });

export const localSignInBody = z.object({ token: z.string().min(1).max(200) }).meta({ id: "LocalSignIn" });

export const setupBody = z
  .object({
    name: z.string().trim().min(1, "is required").max(120),
    email: z.email("must be an e-mail address").max(254),
    password: z.string().min(12, "must have at least 12 characters").max(128),
    setup_token: z.string().max(200).optional().meta({ description: "Printed in the log; not needed in local mode" }),
  })
  .meta({ id: "Setup" });

export const signedIn = z.object({ operator }).meta({ id: "SignedIn" });
export const signedOut = z.object({ status: z.literal("signed_out") }).meta({ id: "SignedOut" });

export type Operator = z.infer<typeof operator>;
export type SessionAnswer = z.infer<typeof sessionAnswer>;
export type SetupBody = z.infer<typeof setupBody>;
