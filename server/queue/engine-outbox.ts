import type { ChainableCommander, Redis } from "ioredis";
import { faultPoint } from "@/server/fault-point";
import type { TaskMessage } from "@/server/queue/contract";
import type { WindowCredit } from "@/server/queue/credit";
import { FIELD, type Keys, SIGNAL_GROUP } from "@/server/queue/keys";
import { encodeTask } from "@/server/queue/task-entry";
import type { TroubleListener } from "@/server/queue/trouble";

/** Commands that may wait for replies at once. What exceeds it is dropped and found by the reconciler. */
const MOST_UNANSWERED = 50_000;
/** As above while the connection is not up. */
const MOST_WAITING_OFFLINE = 10_000;

type Replies = [Error | null, unknown][];
/** What to do with the reply to one command of a pipeline. */
type ReplyReader = ((error: Error | null, result: unknown) => void) | null;

/**
 * What an engine sends without waiting: task messages first, then acknowledgements of signals, all of one tick in one
 * pipeline. Failures cost a message or an acknowledgement, never more: both are found and made good.
 */
export class EngineOutbox {
  private messages: TaskMessage[] = [];
  private acknowledged = new Map<number, string[]>();
  private readonly registered = new Set<string>();
  private scheduled = false;
  private unanswered = 0;
  private lastFlush: Promise<void> = Promise.resolve();

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly credit: WindowCredit,
    private readonly tell: TroubleListener,
    /** Told of messages that may not have arrived. */
    private readonly onUnsent: (messages: TaskMessage[]) => void = () => undefined,
  ) {}

  announce(messages: TaskMessage[]): void {
    for (const message of messages) {
      this.credit.sending(message.type, 1);
      this.messages.push(message);
    }
    this.schedule();
  }

  /** Forgets an entry of a partition's signal stream. */
  acknowledge(partition: number, entryId: string): void {
    const ids = this.acknowledged.get(partition);
    if (ids) ids.push(entryId);
    else this.acknowledged.set(partition, [entryId]);
    this.schedule();
  }

  /** Registers all types anew with the next messages: Redis was emptied. */
  forgetRegistrations(): void {
    this.registered.clear();
  }

  /** Sends what is gathered now. Resolves when it was answered or has failed. */
  flush(): Promise<void> {
    const { messages, acknowledged } = this;
    if (messages.length === 0 && acknowledged.size === 0) return this.lastFlush;
    this.messages = [];
    this.acknowledged = new Map();
    const room = this.redis.status === "ready" ? MOST_UNANSWERED : MOST_WAITING_OFFLINE;
    const kept = messages.slice(0, Math.max(0, room - this.unanswered));
    this.drop(messages.slice(kept.length));
    this.lastFlush = this.send(kept, acknowledged);
    return this.lastFlush;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private drop(messages: TaskMessage[]): void {
    if (messages.length === 0) return;
    for (const message of messages) this.credit.sent(message.type, 1, null);
    this.tell("Announcements dropped", new Error("Redis does not keep up; the reconciler sends them again"));
    this.onUnsent(messages);
  }

  private async send(messages: TaskMessage[], acknowledged: Map<number, string[]>): Promise<void> {
    const pipeline = this.redis.pipeline();
    const readers: ReplyReader[] = [];
    this.addMessages(pipeline, readers, messages);
    for (const [partition, ids] of acknowledged) this.addAcknowledgements(pipeline, readers, partition, ids);
    this.unanswered += readers.length;
    try {
      if (messages.length > 0) faultPoint("outbox.before_xadd");
      const replies: Replies = (await pipeline.exec()) ?? [];
      if (messages.length > 0) faultPoint("outbox.after_xadd");
      readers.forEach((read, i) => {
        const [error, result] = replies[i] ?? [new Error("No reply"), null];
        if (error) this.tell("Redis refused a command", error);
        read?.(error, result);
      });
    } catch (error) {
      this.tell("Redis pipeline failed", error);
      if (messages.length > 0) this.onUnsent(messages);
      for (const read of readers) read?.(error instanceof Error ? error : new Error(String(error)), null);
    } finally {
      this.unanswered -= readers.length;
    }
  }

  private addMessages(pipeline: ChainableCommander, readers: ReplyReader[], messages: TaskMessage[]): void {
    const types = new Map<string, { count: number; failed: boolean }>();
    const unsent: TaskMessage[] = [];
    for (const message of messages) {
      const { type } = message;
      const sent = types.get(type) ?? { count: 0, failed: false };
      types.set(type, sent);
      sent.count += 1;
      pipeline.xadd(this.keys.taskStream(type), "*", FIELD, encodeTask(message));
      readers.push((error) => {
        if (!error) return;
        sent.failed = true;
        // All of them in one go, when the last reply is read.
        if (unsent.push(message) === 1) setImmediate(() => this.onUnsent(unsent));
      });
    }
    const fresh = [...types.keys()].filter((type) => !this.registered.has(type));
    if (fresh.length > 0) {
      pipeline.sadd(this.keys.types, ...fresh);
      readers.push((error) => {
        if (!error) for (const type of fresh) this.registered.add(type);
      });
    }
    for (const type of new Set([...types.keys(), ...this.credit.doubtful()])) {
      pipeline.xlen(this.keys.taskStream(type));
      readers.push((error, length) => {
        const sent = types.get(type);
        const truth = error || sent?.failed ? null : Number(length);
        if (sent) this.credit.sent(type, sent.count, truth);
        else if (truth !== null) this.credit.learn(type, truth);
      });
    }
  }

  private addAcknowledgements(
    pipeline: ChainableCommander,
    readers: ReplyReader[],
    partition: number,
    ids: string[],
  ): void {
    const stream = this.keys.signalStream(partition);
    pipeline.xack(stream, SIGNAL_GROUP, ...ids);
    pipeline.xdel(stream, ...ids);
    // An acknowledgement that was lost comes back as a signal that changes nothing, and is acknowledged then.
    readers.push(null, null);
  }
}
