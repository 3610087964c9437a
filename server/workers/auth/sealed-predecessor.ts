import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/**
 * A worker signs with its token. When it changes that for a new one, messages that it signed before are still on their
 * way, so the server must know the former token for a while. It keeps that under a key made from the new one, which it
 * has only while a request shows it.
 */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts `predecessor` (AES-256-GCM) so that only `token` opens it: nonce, tag, text. */
export function sealPredecessor(predecessor: string, token: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(token), nonce);
  const text = Buffer.concat([cipher.update(predecessor, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** What was sealed. Throws when `token` is not the one. */
export function openPredecessor(sealed: Buffer, token: string): string {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(token), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = sealed.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf8");
}

function keyOf(token: string): Buffer {
  return Buffer.from(hkdfSync("sha256", token, "", "batuta worker token predecessor", 32));
}
