import { clearCheck, holdsEntries, holdsRows } from "./keeper-steps";
import type { Scene } from "./scene";
import { FENCES, KIND, kindOf, PLACE, PLACES, SESSION } from "./state";

/** What may go wrong at any moment, and how it comes right again. */
export function faultSteps(scene: Scene): void {
  for (let who = 0; who < 2; who++) {
    engineCrash(scene, who);
    workerCrash(scene, who);
    leasePasses(scene, who);
  }
  redisFaults(scene);
  for (let t = 0; t < scene.at.setting.tasks; t++) entryTwice(scene, t);
}

/** Memory is gone: what it had decided, what it was to send, which deliveries it knew to be lost. */
function engineCrash(scene: Scene, e: number): void {
  const { at } = scene;
  if (scene.is(at.engineDown + e)) {
    scene.fork()[at.engineDown + e] = 0;
    scene.go("engine starts again", e);
    return;
  }
  const n = scene.forkFault("engine_crash");
  if (!n) return;
  n[at.engineDown + e] = 1;
  for (const cell of [at.stage, at.busy, at.stale, at.written, at.cached]) n[cell + e] = 0;
  for (let t = 0; t < at.setting.tasks; t++) {
    for (const cell of [at.announce, at.withdraw, at.lost]) n[at.of(cell, e, t)] = 0;
  }
  n[at.reaper] = 0;
  clearCheck(scene, n);
  scene.go("FAULT engine crashes", e);
}

/** A worker that starts again has a new session; in the model it takes the place of one that holds nothing any more. */
function workerCrash(scene: Scene, w: number): void {
  const { at } = scene;
  if (scene.is(at.workerDown + w)) {
    if (scene.is(at.session + w) !== SESSION.expired || holdsRows(scene, w) || holdsEntries(scene, w)) return;
    if (isReaping(scene, w) || isNamed(scene, w)) return;
    const n = scene.fork();
    n[at.workerDown + w] = 0;
    n[at.session + w] = SESSION.fresh;
    n[at.reaped + w] = 0;
    scene.go("worker starts again", w);
    return;
  }
  const n = scene.forkFault("worker_crash");
  if (!n) return;
  n[at.workerDown + w] = 1;
  for (let t = 0; t < at.setting.tasks; t++) {
    n[at.of(at.hold, w, t)] = 0;
    n[at.of(at.started, w, t)] = 0;
  }
  scene.go("FAULT worker crashes", w);
}

function isReaping(scene: Scene, w: number): boolean {
  const reaper = scene.is(scene.at.reaper);
  return reaper === 1 + w || reaper === 3 + w;
}

/** A start that the dead session reported is still on its way: it would name the new one. */
function isNamed(scene: Scene, w: number): boolean {
  const { at } = scene;
  for (let t = 0; t < at.setting.tasks; t++) {
    for (let place = PLACE.unread; place < PLACES; place++) {
      if (scene.is(at.signalOf(t, KIND.start0 + w, place))) return true;
    }
  }
  return [0, 1].some((e) => kindOf(scene.is(at.busy + e)) === KIND.start0 + w);
}

/** A dead worker's lease ends by itself; that of a living one only when it stalls. */
function leasePasses(scene: Scene, w: number): void {
  const { at } = scene;
  if (scene.is(at.session + w) !== SESSION.fresh) return;
  const down = scene.is(at.workerDown + w) === 1;
  const n = down ? scene.fork() : scene.forkFault("worker_stall");
  if (!n) return;
  n[at.session + w] = SESSION.old;
  scene.go(down ? "a lease passes" : "FAULT a worker stalls for a lease", w);
}

function redisFaults(scene: Scene): void {
  const { at } = scene;
  if (scene.is(at.redisDown)) {
    scene.fork()[at.redisDown] = 0;
    scene.go("Redis comes back");
  } else {
    const away = scene.forkFault("redis_down");
    if (away) {
      away[at.redisDown] = 1;
      // A check under way is refused, and begins anew when there is something to look into.
      clearCheck(scene, away);
      scene.go("FAULT Redis goes away");
    }
  }
  const n = scene.forkFault("flush");
  if (!n) return;
  for (let t = 0; t < at.setting.tasks; t++) {
    n[at.free + t] = 0;
    n[at.pendOf(t, 0)] = 0;
    n[at.pendOf(t, 1)] = 0;
    for (let kind = 1; kind <= 4; kind++) {
      for (let place = PLACE.unread; place < PLACE.rows; place++) n[at.signalOf(t, kind, place)] = 0;
    }
  }
  scene.go("FAULT Redis is emptied");
}

/** A message that is in somebody's hands appears in the stream once more. */
function entryTwice(scene: Scene, t: number): void {
  const { at } = scene;
  for (const fence of FENCES[scene.is(at.pendOf(t, 0)) | scene.is(at.pendOf(t, 1))] ?? []) {
    if (scene.is(at.free + t) & (1 << (fence - 1))) continue;
    const n = scene.forkFault("entry_twice");
    if (!n) return;
    n[at.free + t] = (n[at.free + t] as number) | (1 << (fence - 1));
    scene.go("FAULT an entry is delivered twice", 0, t, fence);
  }
}
