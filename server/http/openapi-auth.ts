import { z } from "zod";
import { API_ERROR_CODES, errorDetail } from "@/lib/api/error";
import { signInBody } from "@/lib/api/session";
import type { Described } from "./openapi-operation";

const TAG = "Session";

const user = z.looseObject({ id: z.string(), name: z.string(), email: z.string() }).meta({ id: "User" });
const signedIn = z.looseObject({ user }).meta({ id: "PasswordSignedIn" });
const refusal = z
  .object({
    error: z.string(),
    code: z.enum(API_ERROR_CODES),
    message: z.string().optional(),
    details: z.array(errorDetail).optional(),
  })
  .meta({ id: "SessionRefusal" });

const REFUSED: Described["answers"] = {
  400: { description: "The request is not as it should be", schema: refusal },
  401: { description: "Nobody is signed in, or the address or the password is wrong", schema: refusal },
  403: { description: "It came from another site", schema: refusal },
};

/** `/api/auth`: how people sign in and out. A browser sends its Origin; other programs must. */
export const AUTH_OPERATIONS: readonly Described[] = [
  {
    id: "signInWithPassword",
    method: "POST",
    path: "/api/auth/sign-in/email",
    tag: TAG,
    access: "open",
    summary: "Sign in with e-mail and password; the answer sets the session's cookie",
    body: signInBody,
    answers: { 200: { description: "Signed in", schema: signedIn }, ...REFUSED },
  },
  {
    id: "signOut",
    method: "POST",
    path: "/api/auth/sign-out",
    tag: TAG,
    access: "open",
    summary: "Sign out",
    answers: { 200: { description: "Signed out", schema: z.looseObject({ success: z.boolean() }) }, ...REFUSED },
  },
  {
    id: "getAuthSession",
    method: "GET",
    path: "/api/auth/get-session",
    tag: TAG,
    access: "open",
    summary: "The session behind the cookie; null when there is none",
    answers: {
      200: { description: "The session", schema: z.looseObject({ session: z.looseObject({}), user }).nullable() },
    },
  },
  {
    id: "changePassword",
    method: "POST",
    path: "/api/auth/change-password",
    tag: TAG,
    access: "signed_in",
    summary: "Change one's own password",
    body: z.looseObject({
      currentPassword: z.string().min(1).max(128),
      newPassword: z.string().min(8).max(128),
      revokeOtherSessions: z.boolean().optional(),
    }),
    answers: { 200: { description: "Changed", schema: signedIn }, ...REFUSED },
  },
];
