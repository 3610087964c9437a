import { isMainThread, parentPort } from "node:worker_threads";
import type { FromSlot, SlotPort, SlotSettings, ToSlot } from "../messages";

/** The line to the executor that started this thread or process. Throws when none did. */
export function slotPort(): SlotPort {
  const thread = parentPort;
  if (!isMainThread && thread) {
    return {
      post: (message) => thread.postMessage(message),
      onMessage: (listener) => void thread.on("message", listener),
    };
  }
  const send = process.send?.bind(process);
  if (!send) throw new Error("This file runs as a thread or a process of an executor, not by itself.");
  return {
    // A closed line means that the executor is gone; `disconnect` ends this process then.
    post: (message: FromSlot) => void send(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on("message", (message) => listener(message as ToSlot)),
  };
}

/** What the executor says of this slot: its first argument. */
export function slotSettings(): SlotSettings {
  return JSON.parse(process.argv[2] ?? "") as SlotSettings;
}
