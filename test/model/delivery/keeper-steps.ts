import type { Scene } from "./scene";
import { bit, KIND, PLACE, ROW, SESSION, STAGE } from "./state";

const IDLE = 0;
/** Stages of the reconciler's check of one task. */
const CHECK = { idle: 0, picked: 1, notInWindow: 2, missing: 3 } as const;

/** What wakes what would sleep: the reaper of sessions, the reconciler of announcements, the switch of the transport. */
export function keeperSteps(scene: Scene): void {
  reaperSteps(scene);
  transportSteps(scene);
  if (scene.at.setting.checks && !scene.has("no_reconciler")) reconcilerSteps(scene);
}

function reaperSteps(scene: Scene): void {
  const { at } = scene;
  const reaper = scene.is(at.reaper);
  if (reaper === IDLE) {
    for (let w = 0; w < 2; w++) {
      if (scene.is(at.session + w) === SESSION.old) readSession(scene, 1 + w, "reaper reads an expired session");
      if (scene.is(at.session + w) === SESSION.expired && mayReap(scene, w)) {
        readSession(scene, 3 + w, "reaper reads a dead session");
      }
    }
  } else if (reaper <= 2) expire(scene, reaper - 1);
  else empty(scene, reaper - 3);
}

function readSession(
  scene: Scene,
  reaper: number,
  step: "reaper reads an expired session" | "reaper reads a dead session",
) {
  const n = scene.fork();
  n[scene.at.reaper] = reaper;
  scene.go(step, (reaper - 1) % 2);
}

/** Calls the session dead, unless it was renewed since it was read. */
function expire(scene: Scene, w: number): void {
  const { at } = scene;
  const n = scene.fork();
  n[at.reaper] = IDLE;
  const isOld = scene.is(at.session + w) === SESSION.old;
  if (isOld || scene.has("reaper_without_guard")) {
    if (!isOld && scene.is(at.session + w) === SESSION.fresh) scene.fault = "I5: a renewed session was called dead";
    n[at.session + w] = SESSION.expired;
  }
  scene.go("reaper calls the session dead", w);
}

function mayReap(scene: Scene, w: number): boolean {
  const { at } = scene;
  if (holdsRows(scene, w)) return true;
  if (scene.has("reap_once")) return !scene.is(at.reaped + w) && !scene.is(at.redisDown);
  return !scene.is(at.redisDown) && holdsEntries(scene, w);
}

export function holdsRows({ at, s }: Scene, w: number): boolean {
  for (let t = 0; t < at.setting.tasks; t++) if (s[at.row + t] === ROW.running && s[at.holder + t] === w) return true;
  return false;
}

export function holdsEntries({ at, s }: Scene, w: number): boolean {
  for (let t = 0; t < at.setting.tasks; t++) if (s[at.pendOf(t, w)]) return true;
  return false;
}

/** Entries leave Redis at once; what they were is known to one engine's memory only, until it is committed. */
function empty(scene: Scene, w: number): void {
  const { at } = scene;
  for (let e = 0; e < 2; e++) {
    if (scene.is(at.engineDown + e)) continue;
    const n = scene.fork();
    n[at.reaper] = IDLE;
    n[at.reaped + w] = 1;
    for (let t = 0; t < at.setting.tasks; t++) {
      const lost = at.of(at.lost, e, t);
      if (scene.is(at.row + t) === ROW.running && scene.is(at.holder + t) === w) {
        n[lost] = (n[lost] as number) | bit(scene.is(at.fence + t));
      }
      if (scene.is(at.redisDown)) continue;
      n[lost] = (n[lost] as number) | scene.is(at.pendOf(t, w));
      n[at.pendOf(t, w)] = 0;
    }
    scene.go("reaper empties the session", w, e);
  }
}

function transportSteps(scene: Scene): void {
  const { at } = scene;
  const byRows = scene.is(at.mode) === 1;
  if (!byRows && scene.is(at.redisDown)) {
    scene.fork()[at.mode] = 1;
    scene.go("transport goes to Postgres");
  }
  if (byRows && !scene.is(at.redisDown)) {
    scene.fork()[at.mode] = 0;
    scene.go("transport goes back to Redis");
  }
  if (!byRows) return;
  for (let t = 0; t < at.setting.tasks; t++) {
    if (scene.is(at.row + t) !== ROW.announced) continue;
    scene.fork()[at.row + t] = ROW.backlog;
    scene.go("announced task returns to the backlog", 0, t, scene.is(at.fence + t));
  }
}

/** Membership, not age: first the window, then the signals; what is in neither is sent again with the same fence. */
function reconcilerSteps(scene: Scene): void {
  const { at } = scene;
  const stage = scene.is(at.check);
  if (scene.is(at.mode) || scene.is(at.redisDown)) return;
  if (stage === CHECK.idle) {
    for (let t = 0; t < at.setting.tasks; t++) pick(scene, t);
    return;
  }
  const [t, fence] = [scene.is(at.checkTask), scene.is(at.checkFence)];
  if (stage === CHECK.missing) sendAgain(scene, t, fence);
  else if ((stage === CHECK.picked) !== scene.has("signals_before_window"))
    look(scene, stage, t, inWindow(scene, t, fence));
  else look(scene, stage, t, inSignals(scene, t, fence));
}

/** Announced long enough ago that no engine is between its commit and its message. */
function pick(scene: Scene, t: number): void {
  const { at } = scene;
  if (scene.is(at.row + t) !== ROW.announced || isOnItsWay(scene, t)) return;
  const n = scene.fork();
  n[at.check] = CHECK.picked;
  n[at.checkTask] = t;
  n[at.checkFence] = scene.is(at.fence + t);
  scene.go("reconciler picks an announced task", 0, t, scene.is(at.fence + t));
}

function isOnItsWay(scene: Scene, t: number): boolean {
  const { at } = scene;
  return [0, 1].some((e) => scene.is(at.stage + e) === STAGE.committed && scene.is(at.of(at.announce, e, t)) > 0);
}

function look(scene: Scene, stage: number, t: number, found: boolean): void {
  const { at } = scene;
  const n = scene.fork();
  const isWindow = (stage === CHECK.picked) !== scene.has("signals_before_window");
  if (found && !(isWindow && scene.has("resend_by_age"))) clearCheck(scene, n);
  else n[at.check] = stage + 1;
  scene.go(isWindow ? "reconciler reads the window" : "reconciler reads the signals", 0, t, scene.is(at.checkFence));
}

function inWindow(scene: Scene, t: number, fence: number): boolean {
  const { at } = scene;
  if (entries(scene, t) & bit(fence)) return true;
  if (!scene.has("reconciler_by_age")) return false;
  for (let other = 0; other < at.setting.tasks; other++) if (entries(scene, other)) return true;
  return false;
}

export function entries({ at, s }: Scene, t: number): number {
  return (s[at.free + t] as number) | (s[at.pendOf(t, 0)] as number) | (s[at.pendOf(t, 1)] as number);
}

function inSignals(scene: Scene, t: number, fence: number): boolean {
  const { at } = scene;
  for (let kind = KIND.ok; kind <= KIND.start1; kind++) {
    for (let place = PLACE.unread; place < PLACE.rows; place++) {
      if (scene.is(at.signalOf(t, kind, place)) & bit(fence)) return true;
    }
  }
  return false;
}

/** The row is read once more for its message; sent when it is still announced under this fence. */
function sendAgain(scene: Scene, t: number, fence: number): void {
  const { at } = scene;
  const n = scene.fork();
  const stillOpen = scene.is(at.row + t) === ROW.announced && scene.is(at.fence + t) === fence;
  if (stillOpen) {
    if (entries(scene, t) & bit(fence)) scene.fault = "an attempt that lay in the window was sent again";
    // A worker whose entry was lost may report at any moment; without faults there is none.
    const undisturbed = at.setting.faults === 0 && inSignals(scene, t, fence);
    if (undisturbed) scene.fault = "an attempt whose result was under way was sent again";
    n[at.free + t] = (n[at.free + t] as number) | bit(fence);
  }
  clearCheck(scene, n);
  scene.go("reconciler sends again", 0, t, fence);
}

export function clearCheck({ at }: Scene, n: Uint8Array): void {
  n[at.check] = CHECK.idle;
  n[at.checkTask] = 0;
  n[at.checkFence] = 0;
}
