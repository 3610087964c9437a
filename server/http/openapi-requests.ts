import type { Json } from "./openapi-schema";

const JOB = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
const ATTEMPT = `${JOB}.1.1`;

const BLUEPRINT = {
  name: "order",
  description: "An order that a person signs off",
  input_schema: { type: "object", required: ["customer"], properties: { customer: { type: "string" } } },
  states: {
    sign_off: {
      type: "approval",
      start: true,
      message: "Send it to ${initial_data.customer}?",
      transitions: { approved: "sent", rejected: "refused" },
    },
    sent: { type: "end", outcome: "success" },
    refused: { type: "end", outcome: "failure" },
  },
};

/** What is sent to an operation, by its id; of those that take raw bodies by media type. The others' are made from their schemas. */
export const REQUEST_EXAMPLES: Readonly<Record<string, Json>> = {
  cancelJob: { reason: "The customer called it off" },
  retryJob: { reason: "The bank answers again" },
  pauseJob: { reason: "Stocktaking" },
  resumeJob: { reason: "Stocktaking is over" },
  requeueJob: { reason: "The address is right now", patch: { initial_data: { address: "Calle Mayor 1" } } },
  giveUpJob: { reason: "The order is a year old" },
  completeStep: { outcome: "success", data: { parcel: "RR123456785ES" }, reason: "Sent by hand" },
  setJobPriority: { priority: 10, reason: "A customer waits at the counter" },
  enqueueTask: {
    input: { text: "Twelve boxes" },
    timeout_seconds: 60,
    retry: { max_attempts: 3, base_ms: 1000 },
    labels: { customer: "acme" },
  },
  sendSignal: { payload: { paid: true } },
  forkJob: { state: "sign_off", reason: "What if it had been approved?" },
  selectJobs: { filter: { status: ["quarantined"], blueprint: "order" } },
  startBulk: { selection_id: JOB, action: "retry", canary: 5, continue: "auto", reason: "The bank answers again" },
  decideApproval: { decision: "approved", comment: "Two boxes are enough" },
  delegateApproval: { to: ["group:finance"], comment: "It is above my limit" },
  approvalWebhook: { decision: "approved", comment: "Two boxes are enough" },
  putBlueprint: {
    "application/json": BLUEPRINT,
    "application/yaml":
      "name: order\nstates:\n  begin: { type: set, start: true, values: { a: 1 }, to: done }\n  done: { type: end, outcome: success }\n",
  },
  uploadFile: {
    "application/octet-stream": "The bytes of the file",
    "multipart/form-data": { file: "The bytes of the file" },
  },
  signInLocally: { token: "the-token-of-the-printed-link" },
  setUp: { name: "Ana", email: "ana@example.com", password: "correct horse battery" },
  signInWithPassword: { email: "ana@example.com", password: "correct horse battery" },
  changePassword: { currentPassword: "correct horse battery", newPassword: "another horse battery" },
  setOperatorGroups: { groups: ["finance"] },
  registerWorker: {
    worker_id: "packer-1",
    worker_type: "packer",
    supported_skills: [{ name: "send_parcel", type: "send_parcel", version: "1.0.0" }],
    hot_skills: ["send_parcel"],
    capabilities: { hostname: "packer-1.example.com", cost_per_skill: { send_parcel: 0.02 } },
    max_concurrent_tasks: 4,
    timestamp: 1_769_850_600,
  },
  sendHeartbeat: { worker_id: "packer-1", status: "busy", current_tasks: [ATTEMPT], timestamp: 1_769_850_615 },
  sendResult: {
    job_id: JOB,
    task_id: ATTEMPT,
    worker_id: "packer-1",
    status: "success",
    data: { parcel: "RR123456785ES" },
    timestamp: 1_769_850_630,
  },
  sendEvent: {
    event_id: "5f0f7a3e-1d1c-4b8e-9b41-2f6f0a9d4c55",
    worker_id: "packer-1",
    origin_task_id: ATTEMPT,
    event_type: "progress",
    payload: { progress: 0.4, message: "Four of ten boxes" },
    timestamp: 1_769_850_620,
  },
  callSkill: { skill_name: "send_parcel", params: { boxes: 2 }, timeout: 10 },
  refreshAccessToken: { refresh_token: "W3JfT2pLd0R5eXo2Z0h0bVJrTjhzUXZhYmNkZWZnaGk" },
};
