import { captureOutput } from "./child/capture-output";
import { signLife } from "./child/sign-life";
import { slotPort, slotSettings } from "./child/slot-port";
import { type LoadTask, TaskRuns } from "./child/task-runs";
import { watchExecutor } from "./child/watch-executor";
import { packError } from "./error-envelope";
import { PROTOCOL_VERSION, type SlotPort, type SlotSettings } from "./messages";

export interface ServeSlotOptions {
  /** Finds the code of a task; asked once for each task that the slot is given. */
  load: LoadTask;
}

/**
 * Makes this thread or process a slot of the executor that started it: it runs what it is sent, and sends back results,
 * errors, progress, logs and signs of life. What the code prints becomes log records; an error that nobody catches is
 * reported, and the slot takes no more.
 */
export function serveSlot(options: ServeSlotOptions): void {
  const port = slotPort();
  const settings = slotSettings();
  const runs = new TaskRuns(port, options.load, settings);
  process.setSourceMapsEnabled(true);
  captureOutput((record) => runs.logs.write(runs.latest, record));
  reportFaults(port, runs, settings);
  watchExecutor();
  signLife(port, runs, settings);
  port.onMessage((message) => runs.handle(message));
  port.post({ kind: "ready", version: PROTOCOL_VERSION });
}

function reportFaults(port: SlotPort, runs: TaskRuns, { slot, isolation, host }: SlotSettings): void {
  const report = (thrown: unknown) => {
    runs.retire();
    port.post({ kind: "fault", runs: runs.running(), envelope: packError(thrown, { slot, isolation, host }) });
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}
