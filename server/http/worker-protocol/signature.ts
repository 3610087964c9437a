import { createHmac, timingSafeEqual } from "node:crypto";
import { isJsonObject, type JsonValue } from "@/lib/json";
import { canonicalJson, type SignedJson, type SignedMessage } from "./canonical-json";
import { NumberText } from "./lossless-json";

/** A signed message is refused when its timestamp is further than this from the server's clock. */
export const SIGNATURE_WINDOW_S = 60;

/** Required: unsigned messages are refused. Optional: a present signature must verify. Off: none is looked at. */
export type SignatureMode = "required" | "optional" | "off";

/** HMAC-SHA256, lowercase hex, of the message's canonical form without its top-level `security` and `_signature`. */
export function signatureOf(message: SignedMessage, secret: string, ignored: readonly string[] = []): string {
  const signed = canonicalJson(message, ["security", "_signature", ...ignored]);
  return createHmac("sha256", secret).update(signed).digest("hex");
}

/**
 * Why a message may not be believed, or null when it may. Signed with any of the `secrets` is good.
 * `nowS` is seconds since 1970 by the server's clock; `ignored` are members that its signer leaves out.
 */
export function signatureFault(
  message: SignedJson,
  options: {
    mode: SignatureMode;
    secrets: readonly string[];
    workerId: string;
    nowS: number;
    ignored?: readonly string[];
  },
): string | null {
  if (options.mode === "off" || !isObject(message)) return null;
  const security = memberOf(message, "security");
  const signature = memberOf(security, "signature");
  if (signature === undefined || signature === null) {
    if (options.mode === "optional") return null;
    return isObject(security) ? "Missing required cryptographic signature" : "Missing required security context";
  }
  const clock = timestampFault(memberOf(message, "timestamp"), options.nowS);
  if (clock) return clock;
  const signer = memberOf(security, "signer_id");
  if (typeof signer === "string" && signer !== options.workerId) {
    return `Message signer ID '${signer.slice(0, 128)}' does not match worker ID '${options.workerId}'`;
  }
  if (typeof signature !== "string") return "Invalid cryptographic signature";
  const good = options.secrets.some((secret) => sameText(signatureOf(message, secret, options.ignored), signature));
  return good ? null : "Invalid cryptographic signature";
}

function isObject(value: SignedJson | undefined): value is SignedMessage {
  return value instanceof Map || isJsonObject(value as JsonValue);
}

function memberOf(value: SignedJson | undefined, name: string): SignedJson | undefined {
  if (value instanceof Map) return value.get(name);
  return isJsonObject(value as JsonValue) ? (value as Record<string, JsonValue>)[name] : undefined;
}

function timestampFault(timestamp: SignedJson | undefined, nowS: number): string | null {
  const seconds = timestamp instanceof NumberText ? Number(timestamp.text) : timestamp;
  if (typeof seconds !== "number") return "Missing required timestamp for replay protection";
  const skewS = Math.abs(nowS - seconds);
  if (skewS <= SIGNATURE_WINDOW_S) return null;
  return `Message timestamp expired (replay protection): it is ${Math.round(skewS)} s off the server's clock, ${SIGNATURE_WINDOW_S} s are allowed`;
}

/** Compares in a time that does not tell where the difference is. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
