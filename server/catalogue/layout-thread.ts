import { Worker } from "node:worker_threads";

const LAYOUT_TIMEOUT_MS = 20_000;
/** The library takes 40 MB: its thread ends when nobody asks. */
const IDLE_MS = 60_000;

interface ElkPoint {
  x: number;
  y: number;
}
interface ElkBox extends ElkPoint {
  width: number;
  height: number;
}
export interface ElkResult {
  width?: number;
  height?: number;
  children?: (Partial<ElkBox> & { id: string })[];
  edges?: {
    id: string;
    sections?: { startPoint: ElkPoint; bendPoints?: ElkPoint[]; endPoint: ElkPoint }[];
    labels?: Partial<ElkBox>[];
  }[];
}

/**
 * The library would run a "worker" of its own in this thread; here it has a real one. It is text, so that no bundler takes
 * it for a module of its own: the library is found from the working directory, which is the project's.
 */
const THREAD_CODE = `
  const { parentPort } = require("node:worker_threads");
  const ELK = require("elkjs/lib/elk.bundled.js");
  const elk = new ELK();
  parentPort.on("message", ({ id, graph }) => {
    elk.layout(graph).then(
      (result) => parentPort.postMessage({ id, result }),
      (error) => parentPort.postMessage({ id, error: String(error && error.message || error) }),
    );
  });`;

/** Runs the layout library in a thread that starts when it is first asked. Rejects when it fails or takes too long. */
export function layoutThread(): { layout(graph: object): Promise<ElkResult>; close(): Promise<void> } {
  const waiting = new Map<number, { resolve(result: ElkResult): void; reject(error: Error): void }>();
  let worker: Worker | null = null;
  let nextId = 1;
  let idle: NodeJS.Timeout | undefined;

  const end = async (reason: Error) => {
    const ended = worker;
    worker = null;
    clearTimeout(idle);
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
    await ended?.terminate();
  };

  const begin = (): Worker => {
    const started = new Worker(THREAD_CODE, {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    started.unref();
    started.on("message", ({ id, result, error }: { id: number; result?: ElkResult; error?: string }) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (result) asked?.resolve(result);
      else asked?.reject(new Error(`the graph could not be laid out: ${error}`));
    });
    started.on("error", (error) => void end(error));
    return started;
  };

  return {
    async layout(graph) {
      clearTimeout(idle);
      worker ??= begin();
      const id = nextId++;
      const limit = setTimeout(() => void end(new Error("laying the graph out took too long")), LAYOUT_TIMEOUT_MS);
      try {
        return await new Promise<ElkResult>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          worker?.postMessage({ id, graph });
        });
      } finally {
        clearTimeout(limit);
        if (waiting.size === 0) idle = setTimeout(() => void end(new Error("idle")), IDLE_MS).unref();
      }
    },
    close: () => end(new Error("the process is stopping")),
  };
}
