import { declareTask } from "@/server/tasks/declare-task";

/** Returns its parameters as data. */
export const demoEcho = declareTask({ isolation: "inline", run: async (params) => ({ data: { ...params } }) });
