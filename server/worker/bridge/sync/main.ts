// The thread beside a caller of runAsyncTask.
import { workerData } from "node:worker_threads";
import { serveCaller } from "./serve-caller";
import type { DispatcherData } from "./wire";

serveCaller(workerData as DispatcherData);
