import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  /** Port on 127.0.0.1 that forwards to the target. */
  port: number;
  /** Half-open: connections stay up and new ones are accepted, but not one byte passes either way. */
  silence(): void;
  /** Passes bytes again, those held back by `silence` first. */
  resume(): void;
  /** Breaks every connection; new ones pass. */
  cut(): void;
  /** Breaks every connection and turns new ones away, until `resume`. */
  refuse(): void;
  /** Connections open now. */
  connections(): number;
  close(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 whose link a test can break in the ways that networks do. */
export async function startTcpProxy(target: { port: number; host?: string }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let mode: "pass" | "silent" | "refuse" = "pass";

  const server = createServer((near) => {
    if (mode === "refuse") {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: target.port, host: target.host ?? "127.0.0.1" });
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    forward(near, far);
    forward(far, near);
    if (mode === "silent") for (const socket of pair) socket.pause();
    const drop = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on("error", drop).on("close", drop);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");

  const each = (act: (socket: Socket) => void) => {
    for (const pair of [...pairs]) for (const socket of pair) act(socket);
  };
  const cut = () => each((socket) => socket.resetAndDestroy());
  return {
    port: address.port,
    silence() {
      mode = "silent";
      each((socket) => socket.pause());
    },
    resume() {
      mode = "pass";
      each((socket) => socket.resume());
    },
    cut,
    refuse() {
      mode = "refuse";
      cut();
    },
    connections: () => pairs.size,
    close: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };

  function forward(from: Socket, to: Socket): void {
    from.on("data", (chunk) => {
      if (to.write(chunk)) return;
      from.pause();
      to.once("drain", () => {
        if (mode === "pass") from.resume();
      });
    });
    from.on("end", () => to.end());
  }
}

/** The same address with another port, for sending a client through a proxy. */
export function throughPort(url: string, port: number): string {
  const address = new URL(url);
  address.port = String(port);
  return address.href;
}
