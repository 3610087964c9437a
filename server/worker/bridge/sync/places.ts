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

  take(): Place {
    const place = this.free.pop() ?? new Place(this, this.used++);
    Atomics.store(this.states, place.no, QUEUED);
    return place;
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
