import { add, decideSignal, finishIfDone, VERDICT, write } from "./decision";
import type { Scene, Step } from "./scene";
import { bit, busyWith, byRow, FENCES, fenceOf, JOB, KIND, kindOf, PLACE, ROW, STAGE, taskOf } from "./state";

/** Everything that engine `e` may do next: take, decide, commit, send, acknowledge. */
export function engineSteps(scene: Scene, e: number): void {
  const { at } = scene;
  if (scene.is(at.engineDown + e)) return;
  switch (scene.is(at.stage + e)) {
    case STAGE.idle:
      fromOutside(scene, e);
      fromQueue(scene, e);
      fromRows(scene, e);
      return;
    case STAGE.decided:
      commit(scene, e);
      return;
    case STAGE.committed:
      send(scene, e);
      return;
    default:
      acknowledge(scene, e);
  }
}

/** Calls of clients, and what housekeeping finds. */
function fromOutside(scene: Scene, e: number): void {
  const { at } = scene;
  const { setting } = at;
  if (scene.is(at.job) === JOB.none) begin(scene, e, "client submits the job", busyWith(KIND.submit));
  if (setting.cancel && scene.is(at.job) === JOB.open) begin(scene, e, "client cancels the job", busyWith(KIND.cancel));
  for (let t = 0; t < setting.tasks; t++) {
    const fence = scene.is(at.fence + t);
    if (scene.is(at.row + t) === ROW.retry) {
      begin(scene, e, "engine finds a retry due", busyWith(KIND.due, t, fence), t, fence);
    }
    for (const lost of FENCES[scene.is(at.of(at.lost, e, t))] ?? []) {
      begin(scene, e, "engine hears of a lost delivery", busyWith(KIND.lost, t, lost), t, lost);
    }
    if (scene.is(at.row + t) === ROW.backlog && !scene.is(at.mode) && !scene.is(at.redisDown)) {
      const n = scene.fork();
      n[at.row + t] = ROW.announced;
      n[at.of(at.announce, e, t)] = fence;
      n[at.stage + e] = STAGE.committed;
      scene.go("engine refills the window", e, t, fence);
    }
  }
}

/** Unread signals, those in its own hand, and those the other engine has held for too long. */
function fromQueue(scene: Scene, e: number): void {
  const { at } = scene;
  if (scene.is(at.redisDown)) return;
  const mine = PLACE.hand + e;
  const others = PLACE.hand + 1 - e;
  for (let t = 0; t < at.setting.tasks; t++) {
    for (let kind = 1; kind <= 4; kind++) {
      for (const place of [PLACE.unread, mine, others]) {
        for (const fence of FENCES[scene.is(at.signalOf(t, kind, place))] ?? []) {
          // A signal that is unread or elsewhere too is the same signal: taking one takes all of them sooner or later.
          const step: Step =
            place === others ? "engine takes over a signal of the other engine" : "engine takes a signal";
          begin(scene, e, step, busyWith(kind, t, fence), t, fence, place);
        }
      }
    }
  }
}

function fromRows(scene: Scene, e: number): void {
  const { at } = scene;
  for (let t = 0; t < at.setting.tasks; t++) {
    for (let kind = 1; kind <= 4; kind++) {
      for (const fence of FENCES[scene.is(at.signalOf(t, kind, PLACE.rows))] ?? []) {
        begin(scene, e, "engine takes a signal row", busyWith(kind, t, fence, true), t, fence);
      }
    }
  }
}

/** Takes, loads and decides: nobody can tell these apart, only what happens between the load and the commit counts. */
function begin(scene: Scene, e: number, step: Step, busy: number, task = 0, fence = 0, from: number | null = null) {
  const { at } = scene;
  const n = scene.fork();
  if (from !== null) {
    drop(n, at.signalOf(task, kindOf(busy), from), fence);
    const mine = at.signalOf(task, kindOf(busy), PLACE.hand + e);
    if (!scene.has("ack_before_commit")) n[mine] = (n[mine] as number) | bit(fence);
  }
  if (scene.has("ack_before_commit") && byRow(busy)) drop(n, at.signalOf(task, kindOf(busy), PLACE.rows), fence);
  n[at.busy + e] = busy;
  decideNow(scene, n, e, busy);
  scene.go(step, e, task, fence);
}

function decideNow(scene: Scene, n: Uint8Array, e: number, busy: number): void {
  const { at } = scene;
  const verdict = decideSignal(scene, n, busy);
  if (scene.has("cached_refusal") && n[at.cached + e] === 2 && kindOf(busy) <= KIND.fail) {
    // The older copy knows neither this fence nor this task.
    if (verdict !== VERDICT.refused) scene.fault = "a result of the current attempt was called stale";
    refuse(scene, n, e, busy);
    return;
  }
  if (scene.has("cached_refusal")) n[at.cached + e] = 1;
  if (verdict === VERDICT.refused) {
    refuse(scene, n, e, busy);
    return;
  }
  n[at.stage + e] = STAGE.decided;
  n[at.stale + e] = 0;
  if (scene.has("commit_without_version")) {
    const ends = verdict === VERDICT.finished || verdict === VERDICT.givenUp ? 1 : 0;
    const pending = Math.max(0, (n[at.pending] as number) - ends);
    n[at.written + e] = pending | (((n[at.failed] as number) + (verdict === VERDICT.givenUp ? 1 : 0)) << 2);
  }
}

/** Nothing to write: the signal is acknowledged, and its row deleted. */
function refuse(scene: Scene, n: Uint8Array, e: number, busy: number): void {
  const { at } = scene;
  if (byRow(busy)) drop(n, at.signalOf(taskOf(busy), kindOf(busy), PLACE.rows), fenceOf(busy));
  n[at.stage + e] = STAGE.sent;
  n[at.stale + e] = 0;
}

function commit(scene: Scene, e: number): void {
  const { at } = scene;
  const busy = scene.is(at.busy + e);
  const n = scene.fork();
  const unguarded = scene.has("commit_without_version");
  if (scene.is(at.stale + e) && !unguarded) {
    decideNow(scene, n, e, busy);
    scene.go("engine loses the race and decides again", e, taskOf(busy), fenceOf(busy));
    return;
  }
  const verdict = decideSignal(scene, n, busy);
  if (scene.is(at.stale + e)) writeBlindly(scene, n, e, busy);
  else write(scene, n, e, busy, verdict);
  if (byRow(busy)) drop(n, at.signalOf(taskOf(busy), kindOf(busy), PLACE.rows), fenceOf(busy));
  n[at.stage + e] = hasMail(scene, n, e) ? STAGE.committed : STAGE.sent;
  const other = 1 - e;
  if (n[at.stage + other] === STAGE.decided) n[at.stale + other] = 1;
  if (n[at.cached + other] === 1) n[at.cached + other] = 2;
  scene.go("engine commits", e, taskOf(busy), fenceOf(busy));
}

/** What a decision on an older copy writes when nothing guards it: its own counters, as absolute values. */
function writeBlindly(scene: Scene, n: Uint8Array, e: number, busy: number): void {
  const { at } = scene;
  const task = taskOf(busy);
  if (kindOf(busy) > KIND.fail) return;
  if ((n[at.job] as number) > JOB.open) scene.fault = "I15: a terminal job changed";
  add(n, at.counted + task, 1);
  n[at.row + task] = ROW.gone;
  n[at.pending] = (n[at.written + e] as number) & 3;
  n[at.failed] = (n[at.written + e] as number) >> 2;
  if (n[at.job] === JOB.open) finishIfDone(scene, n, e);
}

function send(scene: Scene, e: number): void {
  const { at } = scene;
  const lost = scene.forkFault("send_lost");
  if (lost) {
    clearOutbox(scene, lost, e);
    scene.go("FAULT what was sent is lost", e);
  }
  const n = scene.fork();
  if (!scene.is(at.redisDown)) {
    for (let t = 0; t < at.setting.tasks; t++) {
      const fence = scene.is(at.of(at.announce, e, t));
      if (fence) n[at.free + t] = (n[at.free + t] as number) | bit(fence);
      if (!scene.is(at.of(at.withdraw, e, t))) continue;
      n[at.free + t] = 0;
      n[at.pendOf(t, 0)] = 0;
      n[at.pendOf(t, 1)] = 0;
    }
  }
  clearOutbox(scene, n, e);
  scene.go("engine sends", e);
}

function hasMail({ at }: Scene, n: Uint8Array, e: number): boolean {
  for (let t = 0; t < at.setting.tasks; t++)
    if (n[at.of(at.announce, e, t)] || n[at.of(at.withdraw, e, t)]) return true;
  return false;
}

function clearOutbox(scene: Scene, n: Uint8Array, e: number): void {
  const { at } = scene;
  n.fill(0, at.of(at.announce, e, 0), at.of(at.announce, e, 0) + at.setting.tasks);
  n.fill(0, at.of(at.withdraw, e, 0), at.of(at.withdraw, e, 0) + at.setting.tasks);
  // What no signal caused needs no acknowledgement.
  const kind = kindOf(n[at.busy + e] as number);
  const isInside = kind === KIND.none || kind >= KIND.due;
  n[at.stage + e] = isInside ? STAGE.idle : STAGE.sent;
  if (isInside) n[at.busy + e] = 0;
}

/** An acknowledgement that Redis does not hear leaves the signal in the engine's hand: it comes again, and is stale. */
function acknowledge(scene: Scene, e: number): void {
  const { at } = scene;
  const busy = scene.is(at.busy + e);
  const kind = kindOf(busy);
  const n = scene.fork();
  const [task, fence] = [taskOf(busy), fenceOf(busy)];
  if (kind >= KIND.ok && kind <= KIND.start1 && !byRow(busy) && !scene.is(at.redisDown)) {
    drop(n, at.signalOf(task, kind, PLACE.hand + e), fence);
  }
  if (kind === KIND.lost) drop(n, at.of(at.lost, e, task), fence);
  n[at.stage + e] = STAGE.idle;
  n[at.busy + e] = 0;
  scene.go("engine acknowledges", e, task, fence);
}

function drop(n: Uint8Array, index: number, fence: number): void {
  n[index] = (n[index] as number) & ~bit(fence);
}
