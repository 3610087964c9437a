import { analyseChunk } from "@/server/tasks/analyse-chunk";
import { buildReport } from "@/server/tasks/build-report";
import { demoEcho } from "@/server/tasks/demo-echo";
import { demoFail } from "@/server/tasks/demo-fail";
import { demoSleep } from "@/server/tasks/demo-sleep";
import { demoSquare } from "@/server/tasks/demo-square";
import { extractText } from "@/server/tasks/extract-text";
import { inspectDocuments } from "@/server/tasks/inspect-documents";
import { publishReport } from "@/server/tasks/publish-report";
import { splitChunks } from "@/server/tasks/split-chunks";
import type { TaskFunction } from "@/server/tasks/task-function";

/** The task functions that ship, by task type. */
export const taskFunctions: Record<string, TaskFunction> = {
  inspect_documents: inspectDocuments,
  extract_text: extractText,
  split_chunks: splitChunks,
  analyse_chunk: analyseChunk,
  build_report: buildReport,
  publish_report: publishReport,
  demo_echo: demoEcho,
  demo_sleep: demoSleep,
  demo_fail: demoFail,
  demo_square: demoSquare,
};
