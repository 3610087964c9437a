import { Cells } from "../cells";
import type { Setting } from "./plant";

/** Statuses of the job. */
export const JOB = { none: 0, open: 1, finished: 2, failed: 3, cancelled: 4 } as const;
/** Statuses of a task's row; `gone` before it is made and after it ended. */
export const ROW = { gone: 0, backlog: 1, announced: 2, running: 3, retry: 4 } as const;
export const SESSION = { fresh: 0, old: 1, expired: 2 } as const;
/** How far an engine is with its signal. */
export const STAGE = { idle: 0, decided: 1, committed: 2, sent: 3 } as const;
/** What an engine can be busy with. `ok`, `fail` and the starts are signals in the queue; the rest arises in the engine. */
export const KIND = { none: 0, ok: 1, fail: 2, start0: 3, start1: 4, lost: 5, due: 6, cancel: 7, submit: 8 } as const;
export const QUEUED_KINDS = 4;
/** Where a queued signal is: unread in its stream, pending at engine 0 or 1, or a row in Postgres. */
export const PLACE = { unread: 0, hand: 1, rows: 3 } as const;
export const PLACES = 4;

/** Where each part of a state stands among its cells. Indexed by task, worker or engine where there are two. */
export class Layout {
  readonly cells = new Cells();
  // The database.
  readonly job: number;
  readonly pending: number;
  readonly failed: number;
  readonly row: number;
  readonly holder: number;
  readonly fence: number;
  readonly attempt: number;
  readonly losses: number;
  readonly session: number;
  readonly mode: number;
  // What the protocol does not know: how often the world has seen something happen.
  readonly ends: number;
  readonly counted: number;
  // Redis.
  readonly redisDown: number;
  readonly free: number;
  readonly pend: number;
  readonly signal: number;
  // Processes.
  readonly engineDown: number;
  readonly stage: number;
  readonly busy: number;
  readonly stale: number;
  readonly announce: number;
  readonly withdraw: number;
  readonly lost: number;
  readonly workerDown: number;
  readonly hold: number;
  readonly started: number;
  readonly reaper: number;
  readonly check: number;
  readonly checkTask: number;
  readonly checkFence: number;
  readonly faults: number;
  // Only planted faults use these.
  readonly written: number;
  readonly cached: number;
  readonly reaped: number;

  constructor(readonly setting: Setting) {
    const { tasks: T, fences: F } = setting;
    const { cells } = this;
    this.job = cells.add(3);
    this.pending = cells.add(2);
    this.failed = cells.add(2);
    this.ends = cells.add(2);
    this.row = cells.add(3, T);
    this.holder = cells.add(1, T);
    this.fence = cells.add(2, T);
    this.attempt = cells.add(2, T);
    this.losses = cells.add(2, T);
    this.counted = cells.add(2, T);
    this.session = cells.add(2, 2);
    this.mode = cells.add(1);
    this.redisDown = cells.add(1);
    this.free = cells.add(F, T);
    this.pend = cells.add(F, T * 2);
    this.signal = cells.add(F, T * QUEUED_KINDS * PLACES);
    this.engineDown = cells.add(1, 2);
    this.stage = cells.add(2, 2);
    this.busy = cells.add(8, 2);
    this.stale = cells.add(1, 2);
    this.announce = cells.add(2, 2 * T);
    this.withdraw = cells.add(1, 2 * T);
    this.lost = cells.add(F, 2 * T);
    this.workerDown = cells.add(1, 2);
    this.hold = cells.add(2, 2 * T);
    this.started = cells.add(1, 2 * T);
    this.reaper = cells.add(3);
    this.check = cells.add(2);
    this.checkTask = cells.add(1);
    this.checkFence = cells.add(2);
    this.faults = cells.add(3);
    this.written = cells.add(4, 2);
    this.cached = cells.add(2, 2);
    this.reaped = cells.add(1, 2);
  }

  /** The cell of a queued signal: a mask of fences. */
  signalOf(task: number, kind: number, place: number): number {
    return this.signal + (task * QUEUED_KINDS + (kind - 1)) * PLACES + place;
  }

  pendOf(task: number, worker: number): number {
    return this.pend + task * 2 + worker;
  }

  /** Of cells that are per engine or worker and task. */
  of(first: number, who: number, task: number): number {
    return first + who * this.setting.tasks + task;
  }
}

/** A signal that an engine works on, in one number. */
export function busyWith(kind: number, task = 0, fence = 0, byRow = false): number {
  return kind | (task << 4) | (fence << 5) | (byRow ? 128 : 0);
}

export const kindOf = (busy: number) => busy & 15;
export const taskOf = (busy: number) => (busy >> 4) & 1;
export const fenceOf = (busy: number) => (busy >> 5) & 3;
export const byRow = (busy: number) => (busy & 128) !== 0;

/** The bit of a fence in a mask. */
export const bit = (fence: number) => 1 << (fence - 1);

/** The fences in a mask. */
export const FENCES: readonly (readonly number[])[] = Array.from({ length: 8 }, (_, mask) =>
  [1, 2, 3].filter((fence) => mask & bit(fence)),
);
