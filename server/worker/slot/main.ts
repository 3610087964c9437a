// The thread or process that runs the tasks of a worker.

import { TaskError } from "@/server/tasks/task-function";
import { registerError } from "@/server/worker/bridge/error-registry";
import { serveSlot } from "@/server/worker/bridge/serve-slot";
import { loadTask } from "./load-task";

registerError(TaskError);
serveSlot({ load: loadTask });
