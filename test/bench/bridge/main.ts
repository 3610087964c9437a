import { closeBridge, configureBridge } from "@/server/worker/bridge/bridge";
import { measureHeartbeat, measureKill, measureSleeps, measureSubmit } from "@/test/bench/bridge/limits";
import { measureRoundTrips } from "@/test/bench/bridge/round-trips";
import { type Figure, figureLine, figureTable, isMet, rounded } from "@/test/bench/figure";

// `npm run bench:bridge`: what a call into another thread costs, beside what others take for it.

async function main(): Promise<void> {
  const say = (line: string) => console.log(line);
  // A built program's threads need no loader; the one that runs this bench would be in each of ours.
  configureBridge({ execArgv: [] });
  say("Round trips, in microseconds");
  const trips = await measureRoundTrips(say);
  const width = Math.max(...trips.rows.map(({ name }) => name.length));
  for (const { name, p50, p95, p99 } of trips.rows) {
    const cells = [p50, p95, p99].map((value) => String(rounded(value)).padStart(8)).join("");
    say(`  ${name.padEnd(width)}${cells}`);
  }
  const submit = await measureSubmit();
  const kill = await measureKill();
  const gap = await measureHeartbeat();
  const sleeps = await measureSleeps();
  await closeBridge();
  const blocking = trips.ratio("runAsyncTask, blocking", "raw Atomics + MessagePort");
  const async = trips.ratio("thread executor", "piscina, without signal");
  const figures: Figure[] = [
    { id: "B1", name: "blocking, times raw", value: blocking, unit: "×", floor: { atMost: 1.5 } },
    { id: "B2", name: "thread executor, times piscina", value: async, unit: "×", floor: { atMost: 1.5 } },
    { id: "B3", name: "submit of fire and forget", value: submit, unit: "µs", floor: { atMost: 20 } },
    { id: "B4", name: "endless loop ended, limit 200 ms", value: kill.error, unit: "ms", floor: { atMost: 600 } },
    { id: "B5", name: "next task after that", value: kill.next, unit: "ms", floor: { atMost: 600 } },
    { id: "B6", name: "longest gap of a 100 ms beat", value: gap, unit: "ms", floor: { atMost: 200 } },
    { id: "B7", name: "10,000 sleeps of 100 ms", value: sleeps, unit: "ms", floor: { atMost: 2000 } },
  ];
  for (const figure of figures) say(figureLine(figure));
  say(figureTable(figures));
  const missed = figures.filter(({ value, floor }) => isMet(value, floor) !== true);
  if (missed.length > 0) say(`Missed: ${missed.map(({ id }) => id).join(", ")}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

await main();
// synckit keeps its thread, and this process with it.
process.exit();
