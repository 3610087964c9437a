import { deliveryModel } from "./delivery/model";
import type { Plant, Setting } from "./delivery/plant";
import { LONG_SCENES, PLANTED, SCENES } from "./delivery/scenes";
import { Explorer } from "./explorer";

/** A scene larger than this is walked only so far; it says so. */
const MOST_STATES = 12_000_000;

// Walks all scenes of the delivery model, and those with planted faults; exit code 1 when anything is wrong or a fault
// is not found.
let total = 0;
let wrong = 0;
for (const [name, setting] of [...Object.entries(SCENES), ...Object.entries(LONG_SCENES)]) {
  const { violation, states } = walk(name, setting);
  total += states;
  if (violation) {
    wrong += 1;
    console.log([violation.what, ...violation.trace, violation.state].join("\n  "));
  }
}
for (const [plant, { setting }] of Object.entries(PLANTED)) {
  const { violation } = walk(`planted: ${plant}`, { ...setting, plant: plant as Plant });
  if (!violation) wrong += 1;
  console.log(violation ? [`  ${violation.what}`, ...violation.trace].join("\n    ") : "  NOT FOUND");
}
console.log(`model: ${total} states, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;

function walk(name: string, setting: Setting) {
  const began = performance.now();
  const found = new Explorer(deliveryModel(setting), MOST_STATES).run();
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const megabytes = Math.round(found.bytes / 1e6);
  const whole = found.complete || found.violation ? "" : ", stopped at the limit";
  console.log(
    `${name}: ${found.states} states, ${found.transitions} transitions, ${megabytes} MB, ${seconds} s${whole}`,
  );
  return found;
}
