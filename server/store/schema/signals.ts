import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

/**
 * What engines have to look at, while there is no Redis, and what an engine left to one of another release (`needs`).
 * `lane` is the partition of the job.
 */
export const signals = pgTable(
  "signals",
  {
    id: bigint({ mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    lane: smallint().notNull(),
    jobId: uuid("job_id").notNull(),
    body: text().notNull(),
    /** Everything that an engine must have advertised to take it; null: any engine that has the lane. */
    needs: text().array(),
    leftAt: timestamp("left_at", { withTimezone: true }),
    /** An engine has it in its hands until then. */
    claimedUntil: timestamp("claimed_until", { withTimezone: true }),
    /** Somebody waits for what becomes of it. */
    asked: boolean().notNull().default(false),
  },
  (t) => [
    index("signals_by_lane").on(t.lane, t.id).where(sql`${t.needs} is null`),
    uniqueIndex("signals_left").on(t.jobId, sql`md5(${t.body})`).where(sql`${t.needs} is not null`),
  ],
);

/** What became of a signal that was left by one engine and taken by another, for whoever waits for it. */
export const signalAnswers = pgTable("signal_answers", {
  signalId: bigint("signal_id", { mode: "bigint" }).primaryKey(),
  answer: json().notNull(),
  at: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

/** What an engine has, for as long as its lease `engine:<engine>` lives. `revision` is that of the code behind it. */
export const engineVersions = pgTable(
  "engine_versions",
  {
    engine: text().notNull(),
    need: text().notNull(),
    revision: text(),
  },
  (t) => [primaryKey({ columns: [t.engine, t.need] })],
);
