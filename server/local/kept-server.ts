import { isAlive } from "@/server/local/process-info";

interface Running {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

const lookEveryMs = 1_000;

/** A Postgres or Redis of ours that is started again, on the same port, when it is found gone. */
export class KeptServer<Server extends Running> {
  #timer: NodeJS.Timeout | undefined;
  #restart: Promise<void> | undefined;
  #current: Server;

  constructor(
    private readonly name: string,
    server: Server,
    private readonly launch: (port: number) => Promise<Server>,
    private readonly say: (line: string) => void,
  ) {
    this.#current = server;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#restart;
    await this.#current.stop();
  }

  #look(): void {
    if (this.#restart !== undefined || isAlive(this.#current.pid)) return;
    this.say(`${this.name} ended unexpectedly; starting it again`);
    this.#restart = this.launch(this.#current.port)
      .then((server) => {
        this.#current = server;
        this.say(`${this.name} runs again`);
      })
      .catch((error: Error) => this.say(`${this.name} did not start: ${error.message}`))
      .finally(() => {
        this.#restart = undefined;
      });
  }
}
