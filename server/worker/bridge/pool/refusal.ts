import { BridgeError } from "../bridge-error";
import type { ExecutionRequest } from "../executor";
import type { PoolLimits } from "./pool-options";

/** Why an execution is not even begun; null: it may be. */
export function refusalOf(
  { input, task }: ExecutionRequest,
  now: { closing: boolean; waiting: number },
  { maxInputBytes, maxWaiting }: Pick<PoolLimits, "maxInputBytes" | "maxWaiting">,
): BridgeError | null {
  const refused = `${task.name} was not started`;
  if (now.closing) return new BridgeError("BRIDGE_CLOSED", `${refused}: the executor is closing`);
  if (input.length * 3 > maxInputBytes && Buffer.byteLength(input) > maxInputBytes) {
    const size = `its input is ${Buffer.byteLength(input)} bytes, at most ${maxInputBytes} are taken`;
    return new BridgeError("INPUT_TOO_LARGE", `${refused}: ${size}. Store it and pass where it is.`);
  }
  if (now.waiting < maxWaiting) return null;
  const message = `${refused}: ${maxWaiting} others wait already`;
  return new BridgeError("BRIDGE_SATURATED", message, { retryAfterMs: 1000 });
}

/** Why a result is not taken; null: it is. */
export function resultRefusal(output: string, maxResultBytes: number): BridgeError | null {
  if (output.length * 3 <= maxResultBytes || Buffer.byteLength(output) <= maxResultBytes) return null;
  const bytes = Buffer.byteLength(output);
  const advice = `The result is ${bytes} bytes; at most ${maxResultBytes} are taken. Store it and return where it is.`;
  return new BridgeError("RESULT_TOO_LARGE", advice);
}
