import { type LosslessJson, NumberText, parseLossless } from "./lossless-json";
import { signatureOf } from "./signature";

/** The members that the workers' own model of a task has, with the defaults that it leaves out; null is left out anyway. */
const MODEL: Readonly<Record<string, number | null>> = {
  job_id: null,
  task_id: null,
  type: null,
  params: null,
  tracing_context: null,
  params_metadata: null,
  // A float that was sent is never taken for the default.
  priority: null,
  deadline: null,
  metadata: null,
  timestamp: null,
  policy: null,
  step: 0,
  depth: 0,
  parent_hash: null,
};
/** The same of the description of a file, in `params_metadata`. */
const FILE_MODEL: Readonly<Record<string, number | null>> = { uri: null, size: 0, etag: null, metadata: null };

/**
 * The `sig` of a task for remote workers: HMAC-SHA256 (hex) under `secret` of the task as a worker checks it, which is
 * not as it was sent but as its own model gives it back: members that the model does not know, `security`, and whole numbers
 * equal to their default are left out. `payload` is the task's JSON text. Throws a TypeError when that is no object.
 */
export function signTask(payload: string, secret: string): string {
  const task = parseLossless(payload);
  if (!(task instanceof Map)) throw new TypeError("a task's payload is a JSON object");
  const signed = modelled(task, MODEL);
  const files = signed.get("params_metadata");
  if (files instanceof Map) {
    const told = [...files].map(([name, file]): [string, LosslessJson] => [
      name,
      file instanceof Map ? modelled(file, FILE_MODEL) : file,
    ]);
    signed.set("params_metadata", new Map(told));
  }
  return signatureOf(signed, secret);
}

function modelled(message: Map<string, LosslessJson>, model: typeof MODEL): Map<string, LosslessJson> {
  const kept = new Map<string, LosslessJson>();
  for (const [name, fallback] of Object.entries(model)) {
    const value = message.get(name);
    const isDefault = fallback !== null && value instanceof NumberText && Number(value.text) === fallback;
    if (value !== undefined && !isDefault) kept.set(name, value);
  }
  return kept;
}
