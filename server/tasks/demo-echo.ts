import type { TaskFunction } from "@/server/tasks/task-function";

/** Returns its parameters as data. */
export const demoEcho: TaskFunction = async (params) => ({ data: { ...params } });
