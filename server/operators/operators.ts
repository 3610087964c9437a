import { type BetterAuthOptions, betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import type { Operator } from "@/lib/api/session";
import { type Role, roleOf } from "@/lib/roles";
import type { Log } from "@/server/log";
import {
  operatorAccounts,
  operatorSessions,
  operators as operatorTable,
  operatorVerifications,
} from "@/server/store/auth-schema";
import type { Database } from "@/server/store/database";
import { operatorGroups, setOperatorRole } from "@/server/store/operator-rows";
import { hashedSessions } from "./session-token-hash";

/** People and their sessions, behind one small face of our own: nothing else knows the library. */
export interface Operators {
  /** Who the session cookie of these headers stands for. */
  sessionOf(headers: Headers): Promise<Operator | null>;
  /** Answers `/api/auth/<path>` for the paths of `AUTH_PATHS`. */
  handle(request: Request): Promise<Response>;
  /** A session for this person; the answer carries its cookie. */
  signInAs(operatorId: string, headers: Headers): Promise<Response>;
  /** Makes an account; null when the address has one. */
  create(account: { name: string; email: string; password: string; role: Role }): Promise<Operator | null>;
}

export interface OperatorsOptions {
  database: Database;
  secret: string;
  /** Origin that browsers see; null: each request's own. */
  publicUrl: string | null;
  log: Log;
}

/** The library's endpoints that are open to requests; everything else of it stays inside. */
export const AUTH_PATHS: Readonly<Record<string, "GET" | "POST">> = {
  "/sign-in/email": "POST",
  "/sign-out": "POST",
  "/get-session": "GET",
  "/change-password": "POST",
};

/** A working day; a session ends then, whatever was done in it. */
const SESSION_SECONDS = 12 * 3600;

/** Accounts with e-mail and password; sessions in Postgres, as hashes; cookies HttpOnly and SameSite=Lax. */
export function createOperators(options: OperatorsOptions): Operators {
  const auth = makeAuth(options);
  return {
    async sessionOf(headers) {
      const found = await auth.api.getSession({ headers });
      return found ? operatorOf(found.user, await operatorGroups(options.database, found.user.id)) : null;
    },
    handle: (request) => auth.handler(request),
    signInAs: (operatorId, headers) => auth.api.signInAs({ body: { operatorId }, headers, asResponse: true }),
    async create({ name, email, password, role }) {
      const { internalAdapter, password: passwords } = await auth.$context;
      if (await internalAdapter.findUserByEmail(email.toLowerCase())) return null;
      const hash = await passwords.hash(password);
      const user = await internalAdapter.createUser(
        { name, email: email.toLowerCase(), emailVerified: false },
        { method: "admin" },
      );
      await internalAdapter.linkAccount({
        userId: user.id,
        accountId: user.id,
        providerId: "credential",
        password: hash,
      });
      await setOperatorRole(options.database, user.id, role);
      return { id: user.id, name, email: user.email, role, groups: [] };
    },
  };
}

function makeAuth({ database, secret, publicUrl, log }: OperatorsOptions) {
  const adapter = drizzleAdapter(database.db, {
    provider: "pg",
    schema: {
      user: operatorTable,
      session: operatorSessions,
      account: operatorAccounts,
      verification: operatorVerifications,
    },
  });
  return betterAuth({
    appName: "Batuta",
    secret,
    basePath: "/api/auth",
    ...(publicUrl ? { baseURL: publicUrl } : {}),
    database: (settings: BetterAuthOptions) => hashedSessions(adapter(settings)),
    trustedOrigins: (request) =>
      request ? [publicUrl ?? `http://${request.headers.get("host")}`, `https://${request.headers.get("host")}`] : [],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 128 },
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true, cookieCache: { enabled: false } },
    user: { additionalFields: { role: { type: "string", required: false, input: false, defaultValue: "viewer" } } },
    // Attempts are counted in front of the library, where they also bound its hashing.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      cookiePrefix: "batuta",
      useSecureCookies: publicUrl?.startsWith("https://") ?? false,
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
    },
    logger: {
      level: "warn",
      log: (level, message) => log[level === "error" ? "error" : "debug"](message, { part: "auth" }),
    },
    plugins: [signInAsPlugin],
  });
}

/** Opens a session for somebody whom we have recognised ourselves, by a one-time link. Never reachable by a request. */
const signInAsPlugin = {
  id: "sign-in-as",
  endpoints: {
    signInAs: createAuthEndpoint(
      "/sign-in-as",
      { method: "POST", body: z.object({ operatorId: z.string() }), metadata: { SERVER_ONLY: true } },
      async (context) => {
        const { internalAdapter } = context.context;
        const user = await internalAdapter.findUserById(context.body.operatorId);
        const session = user ? await internalAdapter.createSession(user.id) : null;
        if (!user || !session) throw context.error("UNAUTHORIZED");
        await setSessionCookie(context, { session, user });
        return context.json({ status: "ok" });
      },
    ),
  },
} as const;

function operatorOf(user: { id: string; name: string; email: string; role?: unknown }, groups: string[]): Operator {
  return { id: user.id, name: user.name, email: user.email, role: roleOf(user.role) ?? "viewer", groups };
}
