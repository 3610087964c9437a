import { BridgeError } from "../bridge-error";
import type { BridgeCounts } from "./bridge-counts";
import type { BridgeSettings } from "./settings";
import { ThreadBridge } from "./thread-bridge";

/** On globalThis, with the version of its shape: several copies of this module in a thread share one bridge. */
const BRIDGE = Symbol.for("batuta.bridge.1");

/** The bridge of the calling thread; made when it is first asked for. */
export function bridgeOfThread(): ThreadBridge {
  const holder = globalThis as { [BRIDGE]?: ThreadBridge };
  holder[BRIDGE] ??= new ThreadBridge();
  return holder[BRIDGE];
}

/** Changes how this thread's bridge works. Sizes of threads hold for those that start afterwards. Throws INVALID_INPUT. */
export function configureBridge(settings: Partial<BridgeSettings>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number" && !(value > 0)) {
      throw new BridgeError("INVALID_INPUT", `${name} is a number above 0, not ${value}`, { path: name });
    }
  }
  const bridge = bridgeOfThread();
  bridge.settings = { ...bridge.settings, ...settings };
}

/** What the bridge of this thread does, and has done. */
export interface BridgeStats extends BridgeCounts {
  /** Of the newest dispatcher thread; 0 before the first. */
  generation: number;
  threads: number;
  inFlight: number;
  /** Ended threads that are still there: a native call holds them. */
  lingering: number;
}

export function bridgeStats(): BridgeStats {
  const bridge = bridgeOfThread();
  const { generation, inFlight, lingering, threads, counts } = bridge;
  return { ...counts, generation, threads: threads.size, inFlight, lingering };
}

/**
 * Closes the bridge of this thread: takes nothing more, lets what runs end within `drainMs`, then stops it and ends the
 * threads. Every handle settles, with BRIDGE_CLOSED where its task had not ended. A call after that starts a new bridge.
 */
export async function closeBridge({
  drainMs = 0,
  graceMs = 500,
}: {
  drainMs?: number;
  graceMs?: number;
} = {}): Promise<{
  finished: number;
  cancelled: number;
  killed: number;
}> {
  return bridgeOfThread().close(drainMs, graceMs);
}
