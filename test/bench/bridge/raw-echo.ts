import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** What nothing can be faster than: a thread that answers, with nothing around it. */
export interface RawEcho {
  call(input: unknown): unknown;
  callAsync(input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

const blockingSide = `
const { workerData: { port, wake } } = require("node:worker_threads");
port.on("message", (message) => {
  port.postMessage(message);
  Atomics.add(wake, 0, 1);
  Atomics.notify(wake, 0);
});`;

const messageSide = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (message) => parentPort.postMessage(message));`;

export function startRawEcho(): RawEcho {
  const wake = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const blocking = new Worker(blockingSide, { eval: true, workerData: { port: port2, wake }, transferList: [port2] });
  const asking = new Worker(messageSide, { eval: true });
  let answer: (message: unknown) => void = () => undefined;
  asking.on("message", (message) => answer(message));
  return {
    call(input) {
      const seen = Atomics.load(wake, 0);
      port1.postMessage(input);
      Atomics.wait(wake, 0, seen);
      return receiveMessageOnPort(port1)?.message;
    },
    callAsync: (input) =>
      new Promise((resolve) => {
        answer = resolve;
        asking.postMessage(input);
      }),
    async close() {
      port1.close();
      await Promise.all([blocking.terminate(), asking.terminate()]);
    },
  };
}
