import { JOB, type Layout, PLACES, ROW } from "./state";

const name = (names: Record<string, number>, code: number | undefined) =>
  Object.keys(names).find((key) => names[key] === code) ?? String(code);

/** A state for people. */
export function show(at: Layout, s: Uint8Array): string {
  const lines = [
    `job ${name(JOB, s[at.job])}, pending ${s[at.pending]}, failed ${s[at.failed]}, mode ${s[at.mode] ? "postgres" : "redis"}${s[at.redisDown] ? ", Redis away" : ""}`,
  ];
  for (let t = 0; t < at.setting.tasks; t++) {
    const signals = Array.from({ length: 4 }, (_, kind) =>
      Array.from({ length: PLACES }, (_, place) => s[at.signalOf(t, kind + 1, place)]).join(""),
    );
    lines.push(
      `task ${t}: ${name(ROW, s[at.row + t])}${s[at.row + t] === ROW.running ? ` at worker ${s[at.holder + t]}` : ""}, fence ${s[at.fence + t]}, attempt ${s[at.attempt + t]}, losses ${s[at.losses + t]}; entries free ${s[at.free + t]}, pending ${s[at.pendOf(t, 0)]} ${s[at.pendOf(t, 1)]}; signals (unread, engine 0, engine 1, rows) ok ${signals[0]} fail ${signals[1]} start ${signals[2]} ${signals[3]}`,
    );
  }
  for (let i = 0; i < 2; i++) {
    const held = Array.from({ length: at.setting.tasks }, (_, t) => s[at.of(at.hold, i, t)]).join(" ");
    lines.push(`worker ${i}: ${s[at.workerDown + i] ? "down" : "up"}, session ${s[at.session + i]}, holds ${held}`);
    lines.push(
      `engine ${i}: ${s[at.engineDown + i] ? "down" : "up"}, stage ${s[at.stage + i]}, busy ${s[at.busy + i]}`,
    );
  }
  return lines.join("\n");
}
