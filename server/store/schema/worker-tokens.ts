import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, smallint, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { bytea, codeList } from "./column-types";

/** Where a client or a token comes from: only what a source holds is disabled when it leaves that source. */
export const TOKEN_SOURCES = ["environment", "file", "api"] as const;
export type TokenSource = (typeof TOKEN_SOURCES)[number];

/** Tokens of remote workers; `worker` is a name or a pattern with `*` and `?`; null means that any worker may use it. */
export const workerTokens = pgTable(
  "worker_tokens",
  {
    id: integer().primaryKey().generatedByDefaultAsIdentity(),
    name: text().notNull().unique(),
    worker: text(),
    description: text(),
    /** The only skills that it may be used for; null: any. */
    skills: text().array(),
    source: text().$type<TokenSource>().notNull().default("api"),
    tokenHash: bytea("token_hash").notNull().unique(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    disabledAt: timestamp("disabled_at", { withTimezone: true }),
  },
  (t) => [
    index("worker_tokens_worker").on(t.worker),
    // Few are patterns, and every look-up has to see all of those.
    index("worker_tokens_pattern").on(t.worker).where(sql`${t.worker} ~ '[*?]'`),
  ],
);

/** Short-lived access tokens, and the refresh tokens that are changed for new ones. */
export const STS_KIND = { access: 1, refresh: 2 } as const;
/** What a worker showed when its family of tokens began. */
export const STS_ORIGIN = { certificate: 1, token: 2, global: 3 } as const;

/** Tokens that the server made for workers. All that were made from one sign-in share a family, and end together. */
export const workerStsTokens = pgTable(
  "worker_sts_tokens",
  {
    tokenHash: bytea("token_hash").primaryKey(),
    kind: smallint().notNull(),
    worker: text().notNull(),
    family: uuid().notNull(),
    origin: smallint().notNull(),
    /** The worker's own token that the family began with: without it, the family is worth nothing. */
    tokenId: integer("token_id").references(() => workerTokens.id, { onDelete: "cascade" }),
    /** The token that this access token took the place of, under a key that only the access token gives. */
    predecessor: bytea(),
    issuedAt: timestamp("issued_at", { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    /** When a refresh token was changed for the next one. */
    usedAt: timestamp("used_at", { withTimezone: true }),
    revokedAt: timestamp("revoked_at", { withTimezone: true }),
  },
  (t) => [
    index("worker_sts_tokens_family").on(t.family),
    index("worker_sts_tokens_expires").on(t.expiresAt),
    check("worker_sts_tokens_kind", sql`${t.kind} in (${sql.raw(codeList(Object.values(STS_KIND)))})`),
    check("worker_sts_tokens_origin", sql`${t.origin} in (${sql.raw(codeList(Object.values(STS_ORIGIN)))})`),
  ],
);
