import { connect } from "node:net";

/**
 * Asks the server on this port of 127.0.0.1 for a sign of life: `ready`, `loading` (reading its file),
 * `refused` (answers, but not to this password) or `silent` (nobody, or not a Redis).
 */
export function pingRedis(
  port: number,
  password: string,
  timeoutMs = 1_000,
): Promise<"ready" | "loading" | "refused" | "silent"> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    const finish = (answer: "ready" | "loading" | "refused" | "silent") => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish("silent"));
    socket.once("error", () => finish("silent"));
    socket.once("close", () => finish("silent"));
    socket.on("data", (data) => {
      received += data.toString("latin1");
      if (received.includes("+PONG")) finish("ready");
      else if (received.includes("-LOADING")) finish("loading");
      else if (/-(WRONGPASS|NOAUTH|ERR)/.test(received)) finish("refused");
    });
  });
}
