import { inputSchemaOf, type MatchOptions, readWish } from "./match";
import type { PooledWorker } from "./pooled-worker";
import { Profile } from "./profile";
import type { KnownWorker } from "./worker-card";

/** Wishes that are kept up at once; one beyond them is computed anew when it comes again. */
const MOST_PROFILES = 2_000;

/** The live workers in memory, by skill, and for each profile those that satisfy it. */
export class WorkerPool {
  private readonly workers = new Map<string, PooledWorker>();
  private readonly bySkill = new Map<string, Set<string>>();
  private readonly byName = new Map<string, Set<string>>();
  /** Least recently used first. */
  private readonly profiles = new Map<string, Profile>();
  private readonly profilesOfType = new Map<string, Set<Profile>>();
  /** Skills whose params some worker checks, with how many do. */
  private readonly schemas = new Map<string, number>();

  constructor(private readonly match: MatchOptions) {}

  get size(): number {
    return this.workers.size;
  }

  get(session: string): PooledWorker | undefined {
    return this.workers.get(session);
  }

  all(): Iterable<PooledWorker> {
    return this.workers.values();
  }

  /** Sessions of a worker by its name. */
  sessionsOf(worker: string): PooledWorker[] {
    return [...(this.byName.get(worker) ?? [])].flatMap((session) => this.workers.get(session) ?? []);
  }

  hasSkill(type: string): boolean {
    return (this.bySkill.get(type)?.size ?? 0) > 0;
  }

  /** Types for which some worker wants to see the params. */
  typesWithSchema(): string[] {
    return [...this.schemas.keys()];
  }

  /** A worker came or changed. */
  put(known: KnownWorker): void {
    const old = this.workers.get(known.session);
    if (!old) {
      const worker = { known, running: 0, queue: 0, quietUntil: 0, isAlive: true };
      this.workers.set(known.session, worker);
      this.index(known);
      for (const profile of this.profilesFor(known.skills)) profile.put(worker);
      return;
    }
    const before = old.known;
    old.known = known;
    if (!isToBeCompared(before, known)) return;
    this.unindex(before);
    this.index(known);
    for (const profile of this.profilesFor(new Set([...before.skills, ...known.skills]))) profile.put(old);
  }

  remove(session: string): void {
    const worker = this.workers.get(session);
    if (!worker) return;
    this.workers.delete(session);
    this.unindex(worker.known);
    for (const profile of this.profilesFor(worker.known.skills)) profile.remove(session);
  }

  /** `wish` is the stored JSON text. */
  profile(type: string, wish: string): Profile {
    const key = `${type} ${wish}`;
    const known = this.profiles.get(key);
    if (known) {
      this.profiles.delete(key);
      this.profiles.set(key, known);
      return known;
    }
    const profile = new Profile(type, readWish(JSON.parse(wish)), this.match);
    for (const session of this.bySkill.get(type) ?? []) profile.put(this.workers.get(session) as PooledWorker);
    this.profiles.set(key, profile);
    add(this.profilesOfType, type, profile);
    if (this.profiles.size > MOST_PROFILES) this.forgetOldest();
    return profile;
  }

  private forgetOldest(): void {
    const [key, profile] = this.profiles.entries().next().value as [string, Profile];
    this.profiles.delete(key);
    drop(this.profilesOfType, profile.type, profile);
  }

  private profilesFor(skills: Iterable<string>): Profile[] {
    const found: Profile[] = [];
    for (const skill of skills) for (const profile of this.profilesOfType.get(skill) ?? []) found.push(profile);
    return found;
  }

  private index(known: KnownWorker): void {
    add(this.byName, known.worker, known.session);
    for (const skill of known.skills) {
      add(this.bySkill, skill, known.session);
      if (inputSchemaOf(known, skill)) this.schemas.set(skill, (this.schemas.get(skill) ?? 0) + 1);
    }
  }

  private unindex(known: KnownWorker): void {
    drop(this.byName, known.worker, known.session);
    for (const skill of known.skills) {
      drop(this.bySkill, skill, known.session);
      if (!inputSchemaOf(known, skill)) continue;
      const left = (this.schemas.get(skill) ?? 1) - 1;
      if (left > 0) this.schemas.set(skill, left);
      else this.schemas.delete(skill);
    }
  }
}

/** Whether wishes must be compared with it again: its heartbeats alone change nothing of that. */
function isToBeCompared(before: KnownWorker, now: KnownWorker): boolean {
  return (
    before.card !== now.card ||
    before.draining !== now.draining ||
    before.reputation !== now.reputation ||
    before.worker !== now.worker ||
    !isSame(before.skills, now.skills) ||
    !isSame(before.hot, now.hot)
  );
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const one of a) if (!b.has(one)) return false;
  return true;
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

function drop<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  set?.delete(value);
  if (set?.size === 0) map.delete(key);
}
