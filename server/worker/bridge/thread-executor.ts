import type { Executor } from "./executor";
import { bridgeEntry } from "./hosts/bridge-entry";
import { childArguments } from "./hosts/child-arguments";
import { startThread } from "./hosts/thread-host";
import { Pool } from "./pool/pool";
import type { PoolOptions } from "./pool/pool-options";

export interface ThreadExecutorOptions extends PoolOptions {
  /** URL of a built module that calls `serveSlot`; the one that imports each task from its module unless told. */
  entry?: URL | (() => URL);
  /** The whole environment of the slots; empty unless told. */
  env?: Record<string, string>;
  /** Limit of the JavaScript heap of each slot in MiB; 512 unless told. Buffers are not in it: see `maxRssMb`. */
  heapMb?: number;
  /** Arguments of Node; those of this process that concern the loading of modules unless told. */
  execArgv?: string[];
}

/** Runs each task in a thread, where an endless loop is ended but a native call that blocks is not. */
export function createThreadExecutor(options: ThreadExecutorOptions = {}): Executor {
  const { entry = bridgeEntry, env = {}, heapMb = 512, execArgv = childArguments(), ...pool } = options;
  const url = () => (typeof entry === "function" ? entry() : entry);
  return new Pool("thread", pool, (settings, events) =>
    startThread({ entry: url(), env, heapMb, execArgv }, settings, events),
  );
}
