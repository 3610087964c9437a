import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchSystem } from "@/test/bench/bench-system";
import { inParallel } from "@/test/bench/drain";
import type { Figure } from "@/test/bench/figure";
import { cpuSeconds } from "@/test/bench/process-cpu";
import { RemoteWorker } from "@/test/bench/remote-client";

const WATCHED_SECONDS = 20;
const MEGABYTE = 2 ** 20;

/**
 * Long polls that wait for nothing: what they cost the web process in memory, and in CPU time while nothing happens but that
 * those that end begin again.
 */
export async function benchPolls(
  system: BenchSystem,
  { quick, say }: { quick: boolean; say: (line: string) => void },
): Promise<Figure[]> {
  const count = quick ? 2_000 : 10_000;
  const skill = "bench_waiting";
  const names = Array.from({ length: count }, (_, i) => `waiting-${i}`);
  const { port, workerToken: token } = system;
  await inParallel(count, (i) => new RemoteWorker({ port, token, worker: names[i] as string, skill }).register());
  const before = residentMb(system.pids.web as number);
  const polls: Socket[] = [];
  try {
    await inParallel(count, async (i) => void polls.push(await poll(system, names[i] as string)));
    say(`${count} polls wait`);
    await sleep(2_000);
    const from = cpuSeconds(system.pids);
    await sleep(WATCHED_SECONDS * 1000);
    const to = cpuSeconds(system.pids);
    const during = residentMb(system.pids.web as number);
    const lost = polls.filter((socket) => socket.destroyed);
    if (lost.length > 0)
      throw new Error(`${lost.length} of ${count} polls were cut off`, {
        cause: lost.find((one) => one.errored)?.errored,
      });
    return figures(count, before, during, from && to && ((to.web ?? 0) - (from.web ?? 0)) / WATCHED_SECONDS);
  } finally {
    for (const socket of polls) socket.destroy();
  }
}

function figures(count: number, before: number | null, during: number | null, cpu: number | null): Figure[] {
  const why = during === null ? { why: "this system has no /proc, where memory is accounted" } : {};
  const grown = before === null || during === null ? null : during - before;
  return [
    {
      id: "POLLS",
      name: `memory that ${count} waiting polls take`,
      value: grown,
      unit: "MB",
      floor: { atMost: 300 },
      goal: { atMost: 150 },
      ...why,
    },
    {
      id: "POLLS",
      name: "memory of the whole web process meanwhile, pages included",
      value: during,
      unit: "MB",
      ...why,
    },
    {
      id: "POLLS",
      name: "share of one core while they wait",
      value: cpu === null ? null : cpu * 100,
      unit: "%",
      ...why,
    },
  ];
}

/** A connection on which one poll after the other waits; resolves when the first was sent. */
function poll({ port, workerToken }: BenchSystem, worker: string): Promise<Socket> {
  const request = `GET /_worker/workers/${worker}/tasks/next?timeout=30 HTTP/1.1\r\nhost: localhost\r\nx-worker-token: ${workerToken}\r\nx-worker-id: ${worker}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.on("data", (data: Buffer) => {
      if (data.includes("HTTP/1.1 204")) socket.write(request);
      else socket.destroy(new Error(`a poll was answered: ${data.toString().slice(0, 200)}`));
    });
    socket.once("connect", () => socket.write(request, () => resolve(socket)));
  });
}

/** Null where there is no /proc. */
function residentMb(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / MEGABYTE;
}
