import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface EmbeddingsRequest {
  path: string;
  authorization: string | undefined;
  model: string;
  input: string[];
}

type Answer = (response: ServerResponse, request: EmbeddingsRequest) => void;

/** A server that speaks OpenAI's protocol of embeddings: texts that share words get vectors that are near to each other. */
export interface EmbeddingsServer {
  url: string;
  requests: EmbeddingsRequest[];
  /** The next request is answered so instead. */
  next(answer: Answer): void;
}

const WORDS = ["harbour", "ship", "boat", "vessel", "bread", "flour", "oven", "loaf", "tax", "invoice", "payment"];
/** Words of one meaning have one place. */
const MEANING = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2];

export function vectorOf(said: string): number[] {
  const vector = [0.01, 0.01, 0.01, 0.01];
  for (const word of said.toLowerCase().match(/[a-z]+/g) ?? []) {
    const at = WORDS.findIndex((each) => word.startsWith(each));
    if (at >= 0) vector[MEANING[at] as number] = (vector[MEANING[at] as number] as number) + 1;
  }
  return vector;
}

export function embeddingsAnswer(response: ServerResponse, { model, input }: EmbeddingsRequest): void {
  const data = input.map((each, index) => ({ object: "embedding", index, embedding: vectorOf(each) }));
  // The protocol promises no order.
  data.reverse();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ object: "list", model, data, usage: { prompt_tokens: 1, total_tokens: 1 } }));
}

export async function embeddingsServer(): Promise<EmbeddingsServer> {
  const requests: EmbeddingsRequest[] = [];
  const answers: Answer[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = JSON.parse(await text(request)) as { model: string; input: string[] };
    const { url: path = "", headers } = request;
    const seen = { path, authorization: headers.authorization, ...body };
    requests.push(seen);
    (answers.shift() ?? embeddingsAnswer)(response, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    next: (answer) => void answers.push(answer),
  };
}
