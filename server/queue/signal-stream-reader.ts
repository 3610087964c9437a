import type { Redis } from "ioredis";
import { type ConnectionOptions, isGroupMissing, RedisReader } from "@/server/queue/connection";
import { ensureGroups } from "@/server/queue/groups";
import { type Keys, SIGNAL_GROUP } from "@/server/queue/keys";
import type { SignalInbox } from "@/server/queue/signal-inbox";
import { entriesByStream, streamEntries } from "@/server/queue/stream-reply";
import type { TroubleListener } from "@/server/queue/trouble";

const RECLAIM_PER_STREAM = 100;

/** Moves entries from the signal streams into an inbox. Lanes that read at the same time get a connection each. */
export class SignalStreamReader {
  private readonly idle: RedisReader[] = [];
  private readonly all: RedisReader[] = [];

  constructor(
    private readonly connection: ConnectionOptions,
    private readonly writer: Redis,
    private readonly keys: Keys,
    private readonly engineId: string,
    private readonly inbox: SignalInbox,
    private readonly tell: TroubleListener,
  ) {}

  /**
   * Reads what is new in the partitions' streams, about `limit` signals, blocking at most `blockMs` (0: not at all).
   * False when Redis did not answer.
   */
  async read(partitions: number[], limit: number, blockMs: number): Promise<boolean> {
    const reader = this.idle.pop() ?? this.another();
    try {
      await this.readWith(reader, partitions, limit, blockMs);
      return true;
    } catch (error) {
      if (!isGroupMissing(error)) {
        this.tell("Signals could not be read", error);
        return false;
      }
    } finally {
      this.idle.push(reader);
    }
    return this.createGroups(partitions);
  }

  /** Takes over entries of the partitions that were delivered to anybody more than `idleMs` ago and are still pending. */
  async reclaim(partitions: number[], idleMs: number): Promise<void> {
    const pipeline = this.writer.pipeline();
    for (const partition of partitions) {
      const stream = this.keys.signalStream(partition);
      pipeline.xautoclaim(stream, SIGNAL_GROUP, this.engineId, idleMs, "0-0", "COUNT", RECLAIM_PER_STREAM);
    }
    const replies = (await pipeline.exec()) ?? [];
    let groupsMissing = false;
    replies.forEach(([error, reply], i) => {
      if (isGroupMissing(error)) groupsMissing = true;
      else if (error) this.tell("Signals could not be reclaimed", error);
      else if (Array.isArray(reply)) this.inbox.accept(partitions[i] ?? 0, streamEntries(reply[1]));
    });
    if (groupsMissing) await this.createGroups(partitions);
  }

  /** Creates the partitions' streams and groups where they are missing. False when Redis did not answer. */
  async createGroups(partitions: number[]): Promise<boolean> {
    try {
      await ensureGroups(this.writer, partitions.map(this.keys.signalStream), SIGNAL_GROUP);
      return true;
    } catch (error) {
      this.tell("Signal streams could not be created", error);
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((reader) => reader.close(this.writer)));
  }

  /** A reader more. Entries whose delivery is lost on the way stay pending, and come back by `reclaim`. */
  private another(): RedisReader {
    const reader = new RedisReader(this.connection);
    this.all.push(reader);
    return reader;
  }

  private async readWith(reader: RedisReader, partitions: number[], limit: number, blockMs: number): Promise<void> {
    const streams = partitions.map(this.keys.signalStream);
    const partitionByStream = new Map(streams.map((stream, i) => [stream, partitions[i] ?? 0]));
    const reply = await reader.read([
      ...["XREADGROUP", "GROUP", SIGNAL_GROUP, this.engineId],
      ...["COUNT", this.inbox.entriesFor(limit, streams.length)],
      ...(blockMs > 0 ? ["BLOCK", Math.ceil(blockMs)] : []),
      ...["STREAMS", ...streams, ...streams.map(() => ">")],
    ]);
    for (const { key, entries } of entriesByStream(reply)) {
      this.inbox.accept(partitionByStream.get(key) ?? 0, entries);
    }
  }
}
