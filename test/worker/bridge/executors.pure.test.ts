import { loadExportedTask } from "@/server/worker/bridge/child/exported-task";
import { createInlineExecutor } from "@/server/worker/bridge/inline-executor";
import { createProcessExecutor } from "@/server/worker/bridge/process-executor";
import { createThreadExecutor } from "@/server/worker/bridge/thread-executor";
import { describeExecutor } from "@/test/worker/bridge/executor-contract";
import { fixtureCode } from "@/test/worker/bridge/fixture-code";

describeExecutor(
  "inline",
  (limits) => ({ executor: createInlineExecutor({ load: loadExportedTask, ...limits }), code: fixtureCode }),
  { deafEnds: "abandoned" },
);
describeExecutor("thread", (limits) => ({ executor: createThreadExecutor(limits), code: fixtureCode }), {
  deafEnds: "killed",
});
describeExecutor("process", (limits) => ({ executor: createProcessExecutor(limits), code: fixtureCode }), {
  deafEnds: "killed",
});
