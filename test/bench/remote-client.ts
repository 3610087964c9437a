import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A parsed answer; `body` is empty where there is none. */
interface Answer {
  status: number;
  body: string;
}

/** HTTP/1.1 over one kept connection, one request at a time: as little work as can be, since it shares the machine. */
class Wire {
  private socket: Socket | null = null;
  private unread: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  private closed = false;

  constructor(private readonly port: number) {}

  /** Connects where no connection is left: the server ends those that were idle for a while. */
  ask(text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new Error("the worker was stopped");
      this.waiting = { resolve, reject };
      this.socket ??= this.open();
      this.socket.write(text);
    });
  }

  close(): void {
    this.closed = true;
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.port, noDelay: true });
    this.unread = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
      this.read();
    });
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => {
      if (this.socket === socket) this.socket = null;
      this.fail(new Error("the server closed the connection"));
    });
    return socket;
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }

  private read(): void {
    const end = this.unread.indexOf("\r\n\r\n");
    if (end < 0 || !this.waiting) return;
    const head = this.unread.toString("latin1", 0, end);
    const status = Number(head.slice(9, 12));
    const length = status === 204 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) return this.fail(new Error(`an answer without a length: ${head}`));
    const total = end + 4 + length;
    if (this.unread.length < total) return;
    const body = this.unread.toString("utf8", end + 4, total);
    this.unread = this.unread.subarray(total);
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve({ status, body });
  }
}

export interface RemoteWorkerOptions {
  port: number;
  token: string;
  worker: string;
  skill: string;
}

/** A worker over HTTP that signs what it sends, does nothing with its tasks, and asks for the next one at once. */
export class RemoteWorker {
  private readonly wire: Wire;
  private readonly poll: string;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RemoteWorkerOptions) {
    this.wire = new Wire(options.port);
    this.poll = this.request("GET", `/_worker/workers/${options.worker}/tasks/next?timeout=20`, "");
  }

  async register(): Promise<void> {
    const { worker, skill } = this.options;
    await this.post("/_worker/workers/register", {
      worker_id: worker,
      supported_skills: [{ name: skill }],
    });
  }

  /** Works until `stop`; rejects when the server answers otherwise than it should. */
  work(): Promise<void> {
    this.running = this.loop();
    return this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wire.close();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopped) {
      const { status, body } = await this.wire.ask(this.poll).catch((error: Error) => this.end(error));
      if (status === 0 || status === 204) continue;
      if (status !== 200) throw new Error(`a poll was answered ${status}: ${body}`);
      const task = JSON.parse(body) as { job_id: string; task_id: string };
      await this.post("/_worker/tasks/result", {
        job_id: task.job_id,
        task_id: task.task_id,
        worker_id: this.options.worker,
        status: "success",
        data: { ok: true },
      }).catch((error: Error) => this.end(error));
    }
  }

  private end(error: Error): Answer {
    if (this.stopped) return { status: 0, body: "" };
    throw error;
  }

  private async post(path: string, message: Record<string, unknown>): Promise<Answer> {
    const { worker, token } = this.options;
    const body = { ...message, timestamp: Math.floor(Date.now() / 1000) };
    const signature = createHmac("sha256", token).update(canonical(body)).digest("hex");
    const text = JSON.stringify({ ...body, security: { signature, signer_id: worker } });
    const answer = await this.wire.ask(this.request("POST", path, text));
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${answer.body}`);
    return answer;
  }

  private request(method: string, path: string, body: string): string {
    const { worker, token } = this.options;
    const length =
      body === "" ? "" : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-worker-token: ${token}\r\nx-worker-id: ${worker}\r\n${length}\r\n${body}`;
  }
}

/** Of messages without numbers that JSON could write in two ways, and without nulls. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}
