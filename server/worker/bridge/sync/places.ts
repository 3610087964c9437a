import { BridgeError } from "../bridge-error";
import { DROPPED, QUEUED, RUNNING, TAKEN } from "./wire";

/** Memory that a caller and its dispatcher thread share: for each call in flight how far it is, and since when. */
export class Places {
  readonly states: Int32Array;
  readonly begunAt: Float64Array;
  private readonly free: Place[] = [];
  private used = 0;

  constructor(count: number) {
    this.states = new Int32Array(new SharedArrayBuffer(count * 4));
    this.begunAt = new Float64Array(new SharedArrayBuffer(count * 8));
  }

  /** Throws BRIDGE_SATURATED: dropped calls hold theirs until the thread has seen them, and it may be an older thread's count. */
  take(): Place {
    const place = this.free.pop() ?? this.unused();
    Atomics.store(this.states, place.no, QUEUED);
    return place;
  }

  private unused(): Place {
    if (this.used < this.states.length) return new Place(this, this.used++);
    const advice = `its thread has room for ${this.used} calls, and all of it is in use: wait for some of them`;
    throw new BridgeError("BRIDGE_SATURATED", `The bridge takes no more now, ${advice}`, { retryAfterMs: 1000 });
  }

  give(place: Place): void {
    this.free.push(place);
  }
}

/** The place of one call. */
export class Place {
  constructor(
    private readonly places: Places,
    readonly no: number,
  ) {}

  read(): number {
    return Atomics.load(this.places.states, this.no);
  }

  /** `sharedNow` of when the call began to run; null when it has not. */
  begunAt(): number | null {
    return this.read() === RUNNING ? (this.places.begunAt[this.no] ?? null) : null;
  }

  /** The caller's: keeps the thread from starting it; false when it is too late. */
  drop(): boolean {
    return Atomics.compareExchange(this.places.states, this.no, QUEUED, DROPPED) === QUEUED;
  }
}

/** The thread's: takes a call, unless its caller dropped it. */
export function takePlace(states: Int32Array, no: number): boolean {
  return Atomics.compareExchange(states, no, QUEUED, TAKEN) === QUEUED;
}
