import { createWorker, defineSkill, RetryableError } from "batuta/worker";
import { z } from "zod";

// A worker in TypeScript: BATUTA_URL=http://127.0.0.1:3000 WORKER_TOKEN=<token> npx tsx docs/examples/worker.ts <worker-id>

const shout = defineSkill({
  name: "shout",
  version: "1.0.0",
  description: "Says a text loudly",
  input: z.object({ text: z.string().min(1), times: z.number().int().positive().default(1) }),
  output: z.object({ loud: z.string() }),
  async run({ text, times }, { signal, progress, log }) {
    const said: string[] = [];
    for (let time = 1; time <= times; time++) {
      signal.throwIfAborted();
      said.push(text.toUpperCase());
      progress(time / times, `said it ${time} times`);
    }
    if (said.length === 0) throw new RetryableError("Nobody could be heard", { retryAfterMs: 5_000 });
    log.info("said", { times });
    return { loud: said.join(" ") };
  },
});

const worker = createWorker({
  workerId: process.argv[2] ?? "shouter-1",
  orchestrators: [{ url: process.env.BATUTA_URL ?? "http://127.0.0.1:3000", token: process.env.WORKER_TOKEN }],
  skills: [shout],
  concurrency: 8,
});

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void worker.stop());
await worker.start();
