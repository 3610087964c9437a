import type { Scene } from "./scene";
import { bit, FENCES, KIND, PLACE, ROW, SESSION } from "./state";

/** Everything that worker `w` may do next with task `t`. */
export function workerSteps(scene: Scene, w: number): void {
  const { at } = scene;
  if (scene.is(at.workerDown + w)) return;
  if (scene.is(at.session + w) !== SESSION.fresh) {
    const n = scene.fork();
    n[at.session + w] = SESSION.fresh;
    n[at.reaped + w] = 0;
    scene.go("worker renews its session", w);
  }
  for (let t = 0; t < at.setting.tasks; t++) {
    takes(scene, w, t);
    claims(scene, w, t);
    reports(scene, w, t);
    settles(scene, w, t);
  }
}

/** A worker that holds the same attempt already remembers the second entry with the first. */
function takes(scene: Scene, w: number, t: number): void {
  const { at } = scene;
  if (scene.is(at.redisDown)) return;
  const held = scene.is(at.of(at.hold, w, t));
  for (const fence of FENCES[scene.is(at.free + t)] ?? []) {
    if (held && held !== fence) continue;
    const n = scene.fork();
    n[at.free + t] = (n[at.free + t] as number) & ~bit(fence);
    n[at.pendOf(t, w)] = (n[at.pendOf(t, w)] as number) | bit(fence);
    n[at.of(at.hold, w, t)] = fence;
    scene.go("worker takes an entry", w, t, fence);
  }
}

/** Without Redis: the row names the holder from the claim on. */
function claims(scene: Scene, w: number, t: number): void {
  const { at } = scene;
  if (scene.is(at.row + t) !== ROW.backlog || !scene.is(at.mode) || scene.is(at.of(at.hold, w, t))) return;
  const n = scene.fork();
  n[at.row + t] = ROW.running;
  n[at.holder + t] = w;
  n[at.of(at.hold, w, t)] = scene.is(at.fence + t);
  n[at.of(at.started, w, t)] = 1;
  scene.go("worker claims a row", w, t, scene.is(at.fence + t));
}

function reports(scene: Scene, w: number, t: number): void {
  const { at } = scene;
  const { setting } = at;
  const fence = scene.is(at.of(at.hold, w, t));
  if (!fence) return;
  const isStarted = scene.is(at.of(at.started, w, t)) === 1;
  if (setting.starts && !isStarted) {
    const n = scene.fork();
    tell(scene, n, w, t, KIND.start0 + w, fence, false);
    n[at.of(at.started, w, t)] = 1;
    scene.go("worker reports a start", w, t, fence);
  }
  for (const kind of setting.failures ? [KIND.ok, KIND.fail] : [KIND.ok]) {
    const step = kind === KIND.ok ? "worker reports success" : "worker reports failure";
    const byRows = isStarted && !scene.has("started_result_in_redis_only");
    const n = scene.fork();
    tell(scene, n, w, t, kind, fence, byRows);
    n[at.of(at.hold, w, t)] = 0;
    n[at.of(at.started, w, t)] = 0;
    scene.go(step, w, t, fence);
    const twice = scene.forkFault("result_twice");
    if (!twice) continue;
    tell(scene, twice, w, t, kind, fence, byRows);
    scene.go("FAULT a result is sent twice", w, t, fence);
  }
}

/** Signal and settlement in one step; by a row when Redis is away, or when no entry would bring the task back. */
function tell(scene: Scene, n: Uint8Array, w: number, t: number, kind: number, fence: number, byRows: boolean): void {
  const { at } = scene;
  const throughRedis = !scene.is(at.redisDown) && !byRows;
  const to = at.signalOf(t, kind, throughRedis ? PLACE.unread : PLACE.rows);
  n[to] = (n[to] as number) | bit(fence);
  if (throughRedis) n[at.pendOf(t, w)] = (n[at.pendOf(t, w)] as number) & ~bit(fence);
}

/** Entries of what was reported by another way. */
function settles(scene: Scene, w: number, t: number): void {
  const { at } = scene;
  if (scene.is(at.redisDown)) return;
  const held = scene.is(at.of(at.hold, w, t));
  const isStarted = scene.is(at.of(at.started, w, t)) === 1;
  for (const fence of FENCES[scene.is(at.pendOf(t, w))] ?? []) {
    if (fence === held && !isStarted) continue;
    const n = scene.fork();
    n[at.pendOf(t, w)] = (n[at.pendOf(t, w)] as number) & ~bit(fence);
    scene.go("worker settles an entry", w, t, fence);
  }
}
