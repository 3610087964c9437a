import type { BlueprintDocument } from "@/lib/blueprint/document";

/** A document with every declarative type of state. */
export function sampleDocument(): BlueprintDocument {
  return {
    name: "video_pipeline",
    description: "Transcode, check, publish",
    api_version: "v1",
    api_endpoint: "/jobs/video",
    input_schema: {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" }, kind: { type: "string" } },
    },
    output_schema: {},
    labels: { customer: "${initial_data.customer}" },
    timeout_seconds: 3600,
    states: {
      route: {
        type: "choice",
        start: true,
        cases: [{ when: "initial_data.kind == 'urgent'", to: "fast" }],
        default: "transcode",
      },
      transcode: {
        type: "task",
        task_type: "video_transcoding",
        params: { input_path: "${initial_data.path}", preset: { height: 1080 } },
        transitions: { success: "chunks", failure: "failed", needs_review: "review" },
        dispatch_timeout_seconds: 60,
        result_timeout_seconds: 600,
        timeout_seconds: 300,
        retry: { max_attempts: 4, base_ms: 500, max_ms: 30_000, jitter: true },
        priority: 5,
        requirements: { resources: { properties: { ram_gb: 8 } }, installed_software: { ffmpeg: "any" } },
        max_cost: 0.5,
        strategy: "cheapest",
        output_schema: {},
        on_event: { low_quality: "review" },
      },
      fast: {
        type: "task",
        task_type: "video_fast",
        params: { path: "${initial_data.path}" },
        transitions: { success: "done", failure: "failed" },
      },
      chunks: {
        type: "parallel",
        for_each: "${state_history.chunks}",
        task: { task_type: "analyse_chunk", params: { chunk: "${item}", index: "${index}" } },
        concurrency: 20,
        tolerate_failures: 0,
        aggregate_into: "merge",
        transitions: { failure: "failed" },
      },
      merge: { type: "set", values: { summary: "${aggregation_list.map(r, r.data.score)}" }, to: "review" },
      review: {
        type: "approval",
        message: "Publish ${initial_data.path}?",
        form: { type: "object", properties: { comment: { type: "string" } } },
        approvers: ["role:approver", "user:ana@example.com"],
        quorum: 2,
        deny_starter: true,
        deadline_seconds: 86_400,
        escalate: [{ after_seconds: 3600, to: ["role:admin"] }],
        transitions: { approved: "notify", rejected: "failed", expired: "failed" },
      },
      notify: {
        type: "child",
        blueprint: "notify_customer",
        input: { id: "${job_id}" },
        transitions: { success: "cool", failure: "failed" },
      },
      cool: { type: "wait", seconds: 5, to: "done" },
      done: { type: "end", outcome: "success", result: { summary: "${state_history.summary}" } },
      failed: { type: "end", outcome: "failure" },
    },
  };
}
