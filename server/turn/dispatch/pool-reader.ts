import type { KnownWorker, WorkerCard } from "@/server/dispatch/worker-card";
import type { WorkerPool } from "@/server/dispatch/worker-pool";
import type { Database } from "@/server/store/database";
import {
  readCards,
  readChangedSessions,
  readReputations,
  readSilentSessions,
  type WorkerSessionRow,
} from "@/server/store/known-workers";

const CHANGES_EVERY_MS = 100;
const REPUTATIONS_EVERY_MS = 1_000;
const SILENCE_EVERY_MS = 5_000;
/** All rows are read again this often: a change that committed very late is seen then. */
const ALL_EVERY_MS = 60_000;
/** Of workers that no result has told of yet. */
const FIRST_REPUTATION = 1;

const NO_CARD: WorkerCard = {
  skills: {},
  resources: { properties: {}, devices: [] },
  software: {},
  artifacts: [],
  extra: {},
  costPerSkill: {},
};

/** Keeps the pool as the tables say: reads what changed since it last looked. */
export class PoolReader {
  private changedSince: string | null = null;
  private reputationsSince: string | null = null;
  private readonly reputations = new Map<string, number>();
  private readonly cardHashes = new Map<string, string | null>();
  private at = { changes: 0, reputations: 0, silence: 0, all: 0 };

  constructor(
    private readonly database: Database,
    private readonly pool: WorkerPool,
    private readonly leaseMs: number,
  ) {}

  /** Reads what is due to be read. */
  async follow(now: number): Promise<void> {
    if (now - this.at.reputations >= REPUTATIONS_EVERY_MS) {
      await this.readReputations();
      this.at.reputations = now;
    }
    if (now - this.at.all >= ALL_EVERY_MS) {
      await this.readAll();
      this.at.all = this.at.changes = now;
    } else if (now - this.at.changes >= CHANGES_EVERY_MS) {
      const { at, rows } = await readChangedSessions(this.database, this.changedSince);
      await this.take(rows);
      this.changedSince = at;
      this.at.changes = now;
    }
    if (now - this.at.silence >= SILENCE_EVERY_MS) {
      const silent = await readSilentSessions(this.database, this.leaseMs);
      for (const worker of this.pool.all()) worker.isAlive = !silent.has(worker.known.session);
      this.at.silence = now;
    }
  }

  private async readAll(): Promise<void> {
    const { at, rows } = await readChangedSessions(this.database, null);
    await this.take(rows);
    this.changedSince = at;
    const live = new Set(rows.map(({ id }) => id));
    for (const { known } of [...this.pool.all()]) if (!live.has(known.session)) this.forget(known.session);
  }

  private async take(rows: WorkerSessionRow[]): Promise<void> {
    const live = rows.filter((row) => row.live);
    for (const row of rows) if (!row.live) this.forget(row.id);
    const isNew = (row: WorkerSessionRow) => this.cardHashes.get(row.id) !== row.cardHash;
    const wanted = live.filter((row) => row.cardHash !== null && isNew(row)).map(({ id }) => id);
    const cards = wanted.length > 0 ? await readCards(this.database, wanted) : new Map<string, WorkerCard>();
    for (const row of live) {
      const known = this.pool.get(row.id)?.known.card;
      const card = row.cardHash === null ? NO_CARD : (cards.get(row.id) ?? known ?? NO_CARD);
      this.cardHashes.set(row.id, row.cardHash);
      this.pool.put(this.knownOf(row, card));
    }
  }

  private knownOf(row: WorkerSessionRow, card: WorkerCard): KnownWorker {
    const { id: session, worker, kind, draining, beat } = row;
    return {
      session,
      worker,
      kind,
      skills: new Set(row.skills),
      hot: new Set(row.hotSkills ?? []),
      card,
      // One of our own always says how many it runs at a time; a remote one may not.
      slots: kind === "own" ? row.slots : (card.slots ?? 0),
      draining,
      beat,
      reputation: this.reputations.get(worker) ?? FIRST_REPUTATION,
    };
  }

  private forget(session: string): void {
    this.cardHashes.delete(session);
    this.pool.remove(session);
  }

  private async readReputations(): Promise<void> {
    for (const { worker, reputation, updatedAt } of await readReputations(this.database, this.reputationsSince)) {
      if (this.reputationsSince === null || updatedAt > this.reputationsSince) this.reputationsSince = updatedAt;
      if (this.reputations.get(worker) === reputation) continue;
      this.reputations.set(worker, reputation);
      for (const { known } of this.pool.sessionsOf(worker)) this.pool.put({ ...known, reputation });
    }
  }
}
