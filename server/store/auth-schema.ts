import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "./schema/column-types";

/**
 * Tables of people and their sessions. The shapes of the first four are those of better-auth; what is ours is the
 * operator's `role`, and that a session's token is stored as its SHA-256 only (`session-token-hash.ts`).
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const operators = pgTable("operators", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull().default(false),
  image: text("image"),
  /** A role of `lib/roles`; never taken from a request. */
  role: text("role").notNull().default("viewer"),
  /** Whom `group:<name>` among an approval's approvers means; set by admins. */
  groups: text("groups").array().notNull().default(sql`'{}'::text[]`),
  createdAt: instant("created_at").notNull().defaultNow(),
  updatedAt: instant("updated_at").notNull().defaultNow(),
});

export const operatorSessions = pgTable(
  "operator_sessions",
  {
    id: text("id").primaryKey(),
    /** SHA-256 of the token that the cookie carries, hexadecimal. */
    token: text("token").notNull().unique(),
    userId: text("operator_id")
      .notNull()
      .references(() => operators.id, { onDelete: "cascade" }),
    expiresAt: instant("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("operator_sessions_operator").on(table.userId)],
);

export const operatorAccounts = pgTable(
  "operator_accounts",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("operator_id")
      .notNull()
      .references(() => operators.id, { onDelete: "cascade" }),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: instant("access_token_expires_at"),
    refreshTokenExpiresAt: instant("refresh_token_expires_at"),
    scope: text("scope"),
    /** scrypt, salted. */
    password: text("password"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("operator_accounts_operator").on(table.userId)],
);

export const operatorVerifications = pgTable(
  "operator_verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("operator_verifications_identifier").on(table.identifier)],
);

/** Attempts to sign in, counted per window: one row per account and one per address. */
export const signInAttempts = pgTable("sign_in_attempts", {
  key: text("key").primaryKey(),
  count: integer("count").notNull(),
  windowStart: instant("window_start").notNull(),
});

/**
 * One-time sign-in links: when each was first seen (so that a restart does not renew its ten minutes), and when it was
 * used (so that a restart does not make it new again).
 */
export const signInLinks = pgTable("sign_in_links", {
  hash: bytea("hash").primaryKey(),
  firstSeenAt: instant("first_seen_at").notNull().defaultNow(),
  usedAt: instant("used_at"),
});

/** Secrets that an installation makes for itself when none is configured, shared by all of its processes. */
export const instanceSecrets = pgTable("instance_secrets", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  createdAt: instant("created_at").notNull().defaultNow(),
});
