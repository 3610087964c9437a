import { approval, choice, defineBlueprint, end, parallel, task } from "@/server/engine/blueprint/define";

const DAY_SECONDS = 86_400;
const MOST_DOCUMENTS = 20;

/**
 * The main job: takes in documents, reads and analyses them, asks a person, and publishes a searchable report. Damaged
 * or unsupported files lead to `rejected` with the reason.
 */
export const documentIngestion = defineBlueprint({
  name: "document_ingestion",
  description: "Read documents, analyse every passage, publish a searchable report once a person has approved it.",
  inputSchema: {
    type: "object",
    required: ["documents"],
    additionalProperties: false,
    properties: {
      documents: {
        type: "array",
        title: "Documents",
        description: "PDF, Markdown, HTML or plain text, up to 50 MiB each.",
        minItems: 1,
        maxItems: MOST_DOCUMENTS,
        items: { type: "string", format: "file" },
      },
      title: { type: "string", title: "Title of the report", maxLength: 200 },
    },
  },
  timeoutSeconds: 30 * DAY_SECONDS,
  states: {
    inspect: task({
      start: true,
      description: "Look at type and size of every file.",
      taskType: "inspect_documents",
      params: { documents: "${initial_data.documents}" },
      transitions: { success: "validate", failure: "rejected" },
    }),
    validate: choice({
      cases: [
        { when: "state_history.unsupported > 0", to: "rejected" },
        { when: "state_history.too_large > 0", to: "rejected" },
      ],
      default: "extract",
    }),
    extract: parallel({
      description: "Take the text out of each file, in a process of its own.",
      forEach: "${state_history.files}",
      task: {
        taskType: "extract_text",
        params: { file: "${item.id}" },
        timeoutSeconds: 120,
        retry: { maxAttempts: 2 },
      },
      aggregateInto: "chunk",
      transitions: { failure: "rejected" },
    }),
    chunk: task({
      description: "Cut the text into at most 1,000 passages.",
      taskType: "split_chunks",
      params: { documents: "${aggregation_list}" },
      timeoutSeconds: 120,
      transitions: { success: "analyse", failure: "rejected" },
    }),
    analyse: parallel({
      description: "Language, keywords, personal data and readability of every passage.",
      forEach: "${state_history.chunks}",
      task: { taskType: "analyse_chunk", params: { chunk: "${item}" }, timeoutSeconds: 60 },
      tolerateFailures: 5,
      aggregateInto: "aggregate",
      transitions: { failure: "rejected" },
    }),
    aggregate: task({
      description: "Add the analyses up to a report.",
      taskType: "build_report",
      params: { documents: "${state_history.documents}", results: "${aggregation_list}" },
      timeoutSeconds: 120,
      transitions: { success: "review", failure: "rejected" },
    }),
    review: approval({
      message:
        "Publish the report? Documents: ${state_history.file_count}, passages: ${state_history.chunk_count}, personal data found: ${state_history.report.personal_data.total}.",
      form: {
        type: "object",
        properties: { note: { type: "string", title: "Note for the report", maxLength: 2000 } },
      },
      deadlineSeconds: 7 * DAY_SECONDS,
      transitions: { approved: "publish", rejected: "rejected", expired: "rejected" },
    }),
    publish: task({
      description: "Write the report into the database, searchable by its words.",
      taskType: "publish_report",
      params: {
        report: "${state_history.report}",
        chunks_blob: "${state_history.chunks_blob}",
        analysis_blob: "${state_history.analysis_blob}",
        title: "${has(initial_data.title) ? initial_data.title : null}",
        decided_by: "${state_history.review.by}",
        comment: "${state_history.review.comment}",
      },
      timeoutSeconds: 120,
      transitions: { success: "index", failure: "rejected" },
    }),
    index: parallel({
      description:
        "Make each document searchable by meaning, where embeddings are configured; the report stands without.",
      forEach: "${state_history.documents}",
      task: {
        taskType: "process_document",
        params: {
          document_id: "${item.file}",
          workspace_id: "${state_history.report_id}",
          text_blob: "${item.text_blob}",
          pages: "${item.pages}",
          characters: "${item.characters}",
          chunk_characters: "${state_history.chunk_characters}",
        },
        timeoutSeconds: 900,
      },
      // However many fail: as many as there may be documents.
      tolerateFailures: MOST_DOCUMENTS,
      aggregateInto: "done",
    }),
    done: end({
      outcome: "success",
      result: { report_id: "${state_history.report_id}", url: "${state_history.url}" },
    }),
    rejected: end({ outcome: "failure" }),
  },
});
