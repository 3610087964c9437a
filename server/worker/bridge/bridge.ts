import { type BridgeCode, type BridgeFault, bridgeFaults } from "./bridge-error";

export { type BridgeCode, BridgeError, type BridgeErrorDetails, type StopPhase } from "./bridge-error";
export { type BridgeContext, type BridgeTask, defineTask } from "./define-task";
export { type ErrorOrigin, RemoteTaskError } from "./error-envelope";
export { NonErrorThrown, registerError } from "./error-registry";
export type { Execution, ExecutionRequest, Executor, LogRecord } from "./executor";
export { type BridgeStats, bridgeStats, closeBridge, configureBridge } from "./sync/bridge-of-thread";
export type { CallState } from "./sync/call";
export { useQueue } from "./sync/durable-call";
export { protectThread } from "./sync/guard";
export {
  type BlockingOptions,
  type HandleOptions,
  type RunAsyncTask,
  type RunOptions,
  runAsyncTask,
} from "./sync/run-async-task";
export type { BridgeSettings, TaskLog } from "./sync/settings";
export type { TaskHandle } from "./sync/task-handle";

/** What a BridgeError of that code means: whether another try may help, and what an HTTP route answers with. */
export function bridgeFault(code: BridgeCode): BridgeFault {
  return bridgeFaults[code];
}
