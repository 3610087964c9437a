import type { Redis } from "ioredis";
import { BLOCK_MS, type ConnectionOptions, isGroupMissing, RedisReader } from "@/server/queue/connection";
import type { Delivery } from "@/server/queue/contract";
import { ensureGroups } from "@/server/queue/groups";
import { type Keys, TASK_GROUP } from "@/server/queue/keys";
import type { TaskReceipt } from "@/server/queue/send-signals";
import { entriesByStream, type StreamEntry } from "@/server/queue/stream-reply";
import { decodeTask } from "@/server/queue/task-entry";
import type { TroubleListener } from "@/server/queue/trouble";
import { Waker } from "@/server/queue/waker";

const RETRY_MS = 100;
const OWN_PENDING_PAGE = 100;

/** What to do about deliveries that are not handed out. */
interface ReaderEffects {
  /** More than was asked for came: others shall have them. */
  giveBack(deliveries: Delivery[]): Promise<void>;
  /** An entry that nobody can run. */
  discard(entry: TaskReceipt): void;
  tell: TroubleListener;
}

/** The receipt of a delivery: `<entry id> <type>`. */
export function taskReceiptOf(type: string, entryId: string): string {
  return `${entryId} ${type}`;
}

export function parseTaskReceipt(receipt: string): TaskReceipt {
  const space = receipt.indexOf(" ");
  return { entryId: receipt.slice(0, space), type: receipt.slice(space + 1) };
}

/**
 * Reads deliveries of one session from the task streams. It remembers what is in the worker's hands: after a broken
 * link, entries may have been delivered to the session and never seen, and those it hands out again by itself, because
 * nobody else will as long as the session lives.
 */
export class TaskStreamReader {
  private readonly reader: RedisReader;
  private readonly held = new Set<string>();
  private readonly seen = new Set<string>();
  /** Types of which the session may have deliveries that were lost on the way. */
  private suspect = new Set<string>();
  private readonly waker = new Waker();
  private turn = 0;
  private closed = false;

  constructor(
    connection: ConnectionOptions,
    private readonly writer: Redis,
    private readonly keys: Keys,
    private readonly sessionId: string,
    private readonly effects: ReaderEffects,
  ) {
    this.reader = new RedisReader(connection, () => {
      this.suspect = new Set(this.seen);
    });
  }

  /** Takes at most `limit` deliveries, waiting at most `waitMs` for the first. Never rejects. */
  async take(types: string[], limit: number, waitMs: number): Promise<Delivery[]> {
    const deadline = Date.now() + waitMs;
    for (const type of types) this.seen.add(type);
    for (;;) {
      const into: Delivery[] = [];
      const answered = await this.attempt(types, limit, deadline, into);
      const left = deadline - Date.now();
      if (into.length > 0 || left <= 0 || this.closed) return into;
      if (!answered || types.length === 0 || limit <= 0) await this.waker.wait(Math.min(RETRY_MS, left));
    }
  }

  /** These deliveries are in nobody's hands any more. */
  release(receipts: string[]): void {
    for (const receipt of receipts) this.held.delete(receipt);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waker.wake();
    await this.reader.close(this.writer);
  }

  /** One round of reading. False when Redis did not answer. What was got until then is in `into`. */
  private async attempt(types: string[], limit: number, deadline: number, into: Delivery[]): Promise<boolean> {
    if (this.closed || types.length === 0 || limit <= 0) return true;
    try {
      await this.recover(types, limit, into);
      if (into.length === 0) await this.gather(types, limit, deadline, into);
      return true;
    } catch (error) {
      if (isGroupMissing(error)) return this.createGroups(types);
      for (const type of types) this.suspect.add(type);
      if (!this.closed) this.effects.tell("Tasks could not be read", error);
      return false;
    }
  }

  private async createGroups(types: string[]): Promise<boolean> {
    try {
      await ensureGroups(this.writer, types.map(this.keys.taskStream), TASK_GROUP);
      await this.writer.sadd(this.keys.types, ...types);
      return true;
    } catch (error) {
      this.effects.tell("Task streams could not be created", error);
      return false;
    }
  }

  /** Hands out what is pending at this session and in nobody's hands. */
  private async recover(types: string[], limit: number, into: Delivery[]): Promise<void> {
    for (const type of types) {
      if (!this.suspect.delete(type)) continue;
      let after = "0";
      for (;;) {
        if (into.length >= limit) {
          this.suspect.add(type);
          return;
        }
        const page = await this.read([type], OWN_PENDING_PAGE, 0, after);
        const entries = page[0]?.entries ?? [];
        for (const entry of entries) {
          if (into.length < limit) this.accept(type, entry, into);
          else this.suspect.add(type);
        }
        const last = entries.at(-1);
        if (!last || entries.length < OWN_PENDING_PAGE) break;
        after = last.id;
      }
    }
  }

  /**
   * Reads new entries, no more than `limit` over all types: each read asks every stream for its share, and then those
   * that had more for what is left. Another type goes first each time. Blocks only when nothing was ready.
   */
  private async gather(types: string[], limit: number, deadline: number, into: Delivery[]): Promise<void> {
    this.turn = (this.turn + 1) % types.length;
    const rotated = [...types.slice(this.turn), ...types.slice(0, this.turn)];
    // One read that covers every type may block at once: it only does so when none has anything.
    const blockMs = rotated.length <= limit ? this.blockFor(deadline) : 0;
    let asking = rotated;
    for (let first = true; asking.length > 0 && into.length < limit; first = false) {
      const room = limit - into.length;
      const chunk = asking.slice(0, room);
      const share = Math.floor(room / chunk.length);
      const more: string[] = [];
      for (const { type, entries } of await this.read(chunk, share, first ? blockMs : 0)) {
        for (const entry of entries) this.accept(type, entry, into);
        if (entries.length >= share) more.push(type);
      }
      asking = [...asking.slice(room), ...more];
    }
    const waitMs = this.blockFor(deadline);
    if (into.length === 0 && rotated.length > limit && waitMs > 0) await this.blockOnAll(rotated, limit, waitMs, into);
  }

  private async blockOnAll(types: string[], limit: number, blockMs: number, into: Delivery[]): Promise<void> {
    for (const { type, entries } of await this.read(types, 1, blockMs)) {
      for (const entry of entries) this.accept(type, entry, into);
    }
    if (into.length > limit) await this.effects.giveBack(into.splice(limit));
  }

  private accept(type: string, { id, text }: StreamEntry, into: Delivery[]): void {
    const receipt = taskReceiptOf(type, id);
    if (this.held.has(receipt)) return;
    if (text === null) {
      this.effects.discard({ type, entryId: id });
      return;
    }
    try {
      into.push({ message: decodeTask(type, text), receipt });
      this.held.add(receipt);
    } catch (error) {
      this.effects.tell("Unreadable task entry removed", error);
      this.effects.discard({ type, entryId: id });
    }
  }

  private async read(
    types: string[],
    count: number,
    blockMs: number,
    after = ">",
  ): Promise<{ type: string; entries: StreamEntry[] }[]> {
    const streams = types.map(this.keys.taskStream);
    const typeByStream = new Map(streams.map((stream, i) => [stream, types[i] ?? ""]));
    const reply = await this.reader.read([
      ...["XREADGROUP", "GROUP", TASK_GROUP, this.sessionId, "COUNT", count],
      ...(blockMs > 0 ? ["BLOCK", Math.ceil(blockMs)] : []),
      ...["STREAMS", ...streams, ...streams.map(() => after)],
    ]);
    return entriesByStream(reply).map(({ key, entries }) => ({ type: typeByStream.get(key) ?? "", entries }));
  }

  private blockFor(deadline: number): number {
    return Math.max(0, Math.min(BLOCK_MS, deadline - Date.now()));
  }
}
