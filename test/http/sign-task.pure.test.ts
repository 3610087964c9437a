import { expect, test } from "vitest";
import { signTask } from "@/server/http/worker-protocol/sign-task";

/** Payloads with the signature under `orchestrator-secret` that the reference's own library (1.0b15) finds good. */
const VECTORS: [string, string, string][] = [
  [
    "defaults and members that its model does not know are left out",
    '{"job_id":"j","task_id":"t","type":"echo","tracing_context":{},"params_metadata":{},"priority":0,"metadata":{"attempt":1,"n":null},"idempotency_key":"x","step":0,"depth":0,"timestamp":1700000000,"params":{}}',
    "d83918332101bfd2010717fb4c45193b06d34b389cf47089613002dd44eeadc1",
  ],
  [
    "files, numbers of every kind, nulls, security",
    '{"job_id":"j","task_id":"t","type":"écho","tracing_context":{"traceparent":"00-a"},"params_metadata":{"a.b[0]":{"uri":"s3://x","size":0,"etag":"e","other":1}},"priority":2.5,"deadline":1700000100,"metadata":{"attempt":1},"step":3,"depth":1,"timestamp":1700000000,"security":{"signer_id":"x"},"skill_version":"1","params":{"in":{"n":1.0,"big":12345678901234567,"f":1e-7,"l":[null,1.5,"ü"],"z":null}}}',
    "4bce0595bd2cfdfaa254092a612003c00974cddd1aa42a7dac3511dc412e32ef",
  ],
  [
    "the shortest",
    '{"job_id":"j","task_id":"t","type":"echo","priority":5,"params":{"a":[]}}',
    "75e07f5105bad0f49d02864c4de62fdb264e77971b03a083faf237d50434e9b7",
  ],
];

test.each(VECTORS)("a task is signed as workers check it: %s", (_what, payload, signature) => {
  expect(signTask(payload, "orchestrator-secret")).toBe(signature);
  expect(signTask(payload.replace(/}$/, ',"sig":"ab","orchestrator_signature":"cd"}'), "orchestrator-secret")).toBe(
    signature,
  );
  expect(signTask(payload.replace('"task_id":"t"', '"task_id":"u"'), "orchestrator-secret")).not.toBe(signature);
});
