import type { Operation } from "./operation";
import { adminRoutes } from "./routes/admin-routes";
import { approvalRoutes } from "./routes/approval-routes";
import { blueprintRoutes } from "./routes/blueprint-routes";
import { bulkRoutes } from "./routes/bulk-routes";
import { clientRoutes } from "./routes/client-routes";
import { debugRoutes } from "./routes/debug-routes";
import { docsRoutes } from "./routes/docs-routes";
import { documentRoutes } from "./routes/document-routes";
import { fileRoutes } from "./routes/file-routes";
import { jobFileRoutes } from "./routes/job-file-routes";
import { jobRoutes } from "./routes/job-routes";
import { jobVerbRoutes } from "./routes/job-verb-routes";
import { liveRoutes } from "./routes/live-routes";
import { operatorRoutes } from "./routes/operator-routes";
import { overviewRoutes } from "./routes/overview-routes";
import { probeRoutes } from "./routes/probe-routes";
import { processRoutes } from "./routes/process-routes";
import { quarantineRoutes } from "./routes/quarantine-routes";
import { reloadRoutes } from "./routes/reload-routes";
import { reportRoutes } from "./routes/report-routes";
import { sessionRoutes } from "./routes/session-routes";
import { systemRoutes } from "./routes/system-routes";
import { taskRoutes } from "./routes/task-routes";
import { workerCommandRoutes } from "./routes/worker-command-routes";
import { workerRoutes } from "./routes/worker-routes";
import { workerTokenRoutes } from "./routes/worker-token-routes";

/** Every declared operation: the one table of paths, permissions and shapes. */
export const OPERATIONS: readonly Operation[] = [
  ...jobRoutes,
  ...jobVerbRoutes,
  ...processRoutes,
  ...bulkRoutes,
  ...taskRoutes,
  ...quarantineRoutes,
  ...approvalRoutes,
  ...blueprintRoutes,
  ...fileRoutes,
  ...jobFileRoutes,
  ...overviewRoutes,
  ...workerRoutes,
  ...workerCommandRoutes,
  ...reportRoutes,
  ...documentRoutes,
  ...liveRoutes,
  ...sessionRoutes,
  ...operatorRoutes,
  ...systemRoutes,
  ...probeRoutes,
  ...docsRoutes,
  ...adminRoutes,
  ...debugRoutes,
  ...clientRoutes,
  ...workerTokenRoutes,
  ...reloadRoutes,
];
