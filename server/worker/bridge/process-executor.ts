import type { Executor } from "./executor";
import { bridgeEntry } from "./hosts/bridge-entry";
import { childArguments } from "./hosts/child-arguments";
import { startProcess } from "./hosts/process-host";
import { Pool } from "./pool/pool";
import type { ThreadExecutorOptions } from "./thread-executor";

/** As for threads; `maxRssMb` holds for each process by itself. */
export type ProcessExecutorOptions = ThreadExecutorOptions;

/** Runs each task in a process, which can be ended whatever it does: for native code, programs it starts, real limits. */
export function createProcessExecutor(options: ProcessExecutorOptions = {}): Executor {
  const { entry = bridgeEntry, env = {}, heapMb = 512, execArgv = childArguments(), ...pool } = options;
  const url = () => (typeof entry === "function" ? entry() : entry);
  return new Pool("process", pool, (settings, events) =>
    startProcess({ entry: url(), env, heapMb, execArgv }, settings, events),
  );
}
