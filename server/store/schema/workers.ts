import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  json,
  pgTable,
  real,
  smallint,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { bigintText, codeList } from "./column-types";

/** Our own worker process, or one that speaks HTTP. */
export const SESSION_KIND = { own: 1, http: 2 } as const;
/** `ended`: it said goodbye; `expired`: its lease passed and its tasks were given to others. */
export const SESSION_STATUS = { live: 0, ended: 1, expired: 2 } as const;

export type SessionKind = keyof typeof SESSION_KIND;
export type SessionStatus = keyof typeof SESSION_STATUS;

/** One life of a worker process; its one heartbeat holds all its tasks. */
export const workerSessions = pgTable(
  "worker_sessions",
  {
    id: uuid().primaryKey(),
    worker: text().notNull(),
    kind: smallint().notNull(),
    /** The web process that answers a remote worker; null for our own. */
    instance: text(),
    epoch: bigintText().notNull(),
    skills: text().array().notNull(),
    /** What a remote worker promises of its skills, as JSON Schemas by skill; null: nothing. */
    contracts: json(),
    /** What a remote worker tells of itself and its skills beyond their names; null: nothing. */
    card: json(),
    hotSkills: text("hot_skills").array(),
    /** What a remote worker calls the list of its skills that is stored; null: it never said. */
    skillsHash: text("skills_hash"),
    /** The last status that its heartbeat told: idle, busy, full …; null: none yet. */
    beat: text(),
    /** The threads and processes of our own workers, and what became of them (`WorkerSlots`); null: it never said. */
    runtime: json(),
    /** When something of this that the dispatcher looks at last changed. */
    cardAt: timestamp("card_at", { withTimezone: true }).notNull().defaultNow(),
    slots: integer().notNull(),
    status: smallint().notNull(),
    draining: boolean().notNull().default(false),
    hostname: text(),
    version: text(),
    startedAt: timestamp("started_at", { withTimezone: true }).notNull(),
    renewedAt: timestamp("renewed_at", { withTimezone: true }).notNull(),
  },
  (t) => [
    index("worker_sessions_renewed").on(t.renewedAt),
    index("worker_sessions_worker").on(t.worker, t.startedAt.desc().nullsFirst()),
    index("worker_sessions_card").on(t.cardAt),
    check("worker_sessions_kind", sql`${t.kind} in (${sql.raw(codeList(Object.values(SESSION_KIND)))})`),
    check("worker_sessions_status", sql`${t.status} in (${sql.raw(codeList(Object.values(SESSION_STATUS)))})`),
  ],
);

/** How far workers are trusted, by name: it outlives their sessions. */
export const workerReputations = pgTable(
  "worker_reputations",
  {
    worker: text().primaryKey(),
    /** 0…1 */
    reputation: real().notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [check("worker_reputations_range", sql`${t.reputation} between 0 and 1`)],
);
