import { analyseChunk } from "@/server/tasks/analyse-chunk";
import { buildReport } from "@/server/tasks/build-report";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import { demoEcho } from "@/server/tasks/demo-echo";
import { demoFail } from "@/server/tasks/demo-fail";
import { demoSleep } from "@/server/tasks/demo-sleep";
import { demoSquare } from "@/server/tasks/demo-square";
import { extractText } from "@/server/tasks/extract-text";
import { inspectDocuments } from "@/server/tasks/inspect-documents";
import { demoRegisterService } from "@/server/tasks/premium/register-service";
import { demoSendEmail } from "@/server/tasks/premium/send-email";
import { processDocument } from "@/server/tasks/process-document";
import { publishReport } from "@/server/tasks/publish-report";
import { splitChunks } from "@/server/tasks/split-chunks";

/** The tasks that ship, by task type; `declareTask` says what one may declare. */
export const taskFunctions: Record<string, DeclaredTask> = {
  inspect_documents: inspectDocuments,
  // A process of its own does the reading.
  extract_text: { run: extractText, isolation: "inline" },
  split_chunks: { run: splitChunks },
  analyse_chunk: analyseChunk,
  build_report: { run: buildReport },
  publish_report: { run: publishReport },
  process_document: processDocument,
  demo_echo: demoEcho,
  demo_sleep: demoSleep,
  demo_fail: demoFail,
  demo_square: demoSquare,
  demo_send_email: demoSendEmail,
  demo_register_service: demoRegisterService,
};
