import { noDocuments } from "@/server/documents/no-documents";
import { TaskError, type TaskStores } from "@/server/tasks/task-function";

const refusal = (what: string) =>
  new TaskError("DEPENDENCY_ERROR", `A worker without a database ${what}: give it DATABASE_URL`);

/** What a task gets where there is no database. */
export const noStores: TaskStores = {
  documents: noDocuments(() => refusal("keeps no documents")),
  reports: { publish: () => Promise.reject(refusal("publishes no reports")) },
};
