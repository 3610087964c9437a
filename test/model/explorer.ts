import type { Cells } from "./cells";
import { NumberList, StateSet } from "./state-set";

/** What a step led to. `fault`: what the step itself did that must never be done. */
export type Take = (label: number, next: Uint8Array, fault: string | null) => void;

/** A protocol as a small pure model: states, the atomic steps between them, and what must hold. */
export interface Model {
  cells: Cells;
  initial(): Uint8Array;
  /** Every step that is possible in a state. `next` may be reused after `take` returns. */
  steps(state: Uint8Array, take: Take): void;
  /** What is wrong with a state; null when nothing is. */
  broken(state: Uint8Array): string | null;
  describe(label: number): string;
  show(state: Uint8Array): string;
  /** "From every state one of these states can be reached", by the steps that `by` allows alone. */
  promises: Promise_[];
}

export interface Promise_ {
  name: string;
  by(label: number): boolean;
  kept(state: Uint8Array): boolean;
}

export interface Exploration {
  states: number;
  transitions: number;
  /** False when `maxStates` stopped it; promises were not checked then. */
  complete: boolean;
  bytes: number;
  /** The first thing found wrong, with the steps that lead to it. */
  violation: { what: string; trace: string[]; state: string } | null;
}

const MOST_PROMISES = 8;

/** Walks all states of a model, breadth first, so that a trace is a shortest one; then checks what every state promises. */
export class Explorer {
  private readonly states: StateSet;
  private readonly parents = new NumberList();
  private readonly labels = new NumberList();
  /** Edges in the order of their origin: target and the promises' bits, and where each state's edges begin. */
  private readonly targets = new NumberList();
  private readonly allowed = new NumberList();
  private readonly begins = new NumberList();
  private transitions = 0;
  private broken: { state: number; label: number | null; what: string } | null = null;

  constructor(
    private readonly model: Model,
    private readonly maxStates = 20_000_000,
  ) {
    this.states = new StateSet(model.cells.words);
    if (model.promises.length > MOST_PROMISES) throw new RangeError(`${MOST_PROMISES} promises at most`);
  }

  run(): Exploration {
    const complete = this.walk();
    let violation = this.broken && this.story(this.broken);
    if (!violation && complete) violation = this.checkPromises();
    const lists = [this.parents, this.labels, this.targets, this.allowed, this.begins];
    const bytes = lists.reduce((sum, list) => sum + list.bytes, this.states.bytes);
    return { states: this.states.size, transitions: this.transitions, complete, bytes, violation };
  }

  private walk(): boolean {
    const { model, states } = this;
    const { cells } = model;
    const words = new Uint32Array(cells.words);
    const state = new Uint8Array(cells.size);
    const bitsOf = new Map<number, number>();
    let from = 0;
    const take: Take = (label, next, fault) => {
      this.transitions += 1;
      if (fault !== null) this.broken ??= { state: from, label, what: fault };
      cells.pack(next, words);
      const known = states.size;
      const to = states.intern(words);
      if (to === known) this.meet(from, label, next);
      let bits = bitsOf.get(label);
      if (bits === undefined) {
        bits = model.promises.reduce((sum, promise, i) => sum | (promise.by(label) ? 1 << i : 0), 0);
        bitsOf.set(label, bits);
      }
      if (bits === 0 || to === from) return;
      this.targets.push(to);
      this.allowed.push(bits);
    };
    const first = model.initial();
    cells.pack(first, words);
    states.intern(words);
    this.meet(0, 0, first);
    for (; from < states.size; from++) {
      if (this.broken) return false;
      if (states.size > this.maxStates) return false;
      this.begins.push(this.targets.length);
      cells.unpack(states.chunkOf(from), states.offsetOf(from), state);
      model.steps(state, take);
    }
    this.begins.push(this.targets.length);
    return this.broken === null;
  }

  private meet(parent: number, label: number, state: Uint8Array): void {
    this.parents.push(parent);
    this.labels.push(label);
    const what = this.model.broken(state);
    if (what !== null) this.broken ??= { state: this.states.size - 1, label: null, what };
  }

  /** Marks the states from which the promise can be kept, backwards, until nothing is added. */
  private checkPromises(): Exploration["violation"] {
    const state = new Uint8Array(this.model.cells.size);
    for (const [index, promise] of this.model.promises.entries()) {
      const can = new Uint8Array(this.states.size);
      for (let i = 0; i < can.length; i++) {
        this.model.cells.unpack(this.states.chunkOf(i), this.states.offsetOf(i), state);
        if (promise.kept(state)) can[i] = 1;
      }
      while (this.spread(can, 1 << index));
      const stuck = can.indexOf(0);
      if (stuck >= 0) return this.story({ state: stuck, label: null, what: promise.name });
    }
    return null;
  }

  private spread(can: Uint8Array, bit: number): boolean {
    let grew = false;
    for (let i = can.length - 1; i >= 0; i--) {
      if (can[i]) continue;
      const end = this.begins.at(i + 1);
      for (let edge = this.begins.at(i); edge < end; edge++) {
        if ((this.allowed.at(edge) & bit) === 0 || !can[this.targets.at(edge)]) continue;
        can[i] = 1;
        grew = true;
        break;
      }
    }
    return grew;
  }

  /** The shortest way to a state, step by step. */
  private story(broken: { state: number; label: number | null; what: string }): Exploration["violation"] {
    const trace = broken.label === null ? [] : [this.model.describe(broken.label)];
    for (let at = broken.state; at !== 0; at = this.parents.at(at)) {
      trace.unshift(this.model.describe(this.labels.at(at)));
    }
    const state = new Uint8Array(this.model.cells.size);
    this.model.cells.unpack(this.states.chunkOf(broken.state), this.states.offsetOf(broken.state), state);
    return { what: broken.what, trace, state: this.model.show(state) };
  }
}
