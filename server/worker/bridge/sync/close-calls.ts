import { BridgeError } from "../bridge-error";
import type { Call } from "./call";
import type { DispatcherThread } from "./dispatcher-thread";
import { settleWithin } from "./settle-within";
import type { StopCode } from "./wire";

/** The bridge, as far as its end is concerned. */
interface Closing {
  readonly threads: ReadonlySet<DispatcherThread>;
  readonly kept: ReadonlySet<Call>;
  readonly unobserved: { tellAll(): void };
  hold(): () => void;
  cancel(call: Call, code: StopCode, reason: string): boolean;
}

/** What became of the calls that were open when the bridge began to close. */
export interface Closed {
  finished: number;
  cancelled: number;
  killed: number;
}

/** Lets the open calls of a bridge that takes no more end, asks the rest to stop, and ends its threads. */
export async function closeCalls(bridge: Closing, drainMs: number, graceMs: number): Promise<Closed> {
  const release = bridge.hold();
  const open = [...bridge.threads].flatMap((thread) => [...thread.calls.values()]).concat(...bridge.kept);
  try {
    await settleWithin(open, drainMs);
    const late = open.filter((call) => call.outcome === undefined);
    for (const call of late) bridge.cancel(call, "BRIDGE_CLOSED", "The bridge closes");
    await settleWithin(late, graceMs);
    const cancelled = late.filter((call) => call.outcome !== undefined).length;
    const threads = [...bridge.threads];
    await Promise.all(threads.map((thread) => thread.close(graceMs)));
    for (const thread of threads) {
      thread.end(({ task }) => new BridgeError("BRIDGE_CLOSED", `The bridge closed before ${task.name} had ended`));
    }
    bridge.unobserved.tellAll();
    return { finished: open.length - late.length, cancelled, killed: late.length - cancelled };
  } finally {
    release();
  }
}
