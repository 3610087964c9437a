// The thread or process that runs the tasks of the bridge: each is imported from its own module when it first comes.
import { serveSlot } from "../serve-slot";
import { loadExportedTask } from "./exported-task";

serveSlot({ load: loadExportedTask });
