import { NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { IDEMPOTENCY_REPLAYED_HEADER } from "@/lib/api/start-job";
import type { Json } from "./openapi-schema";

const text = (description: string, example: string): Json => ({
  description,
  schema: { type: "string", examples: [example] },
});
const count = (description: string, example: number): Json => ({
  description,
  schema: { type: "integer", minimum: 0, examples: [example] },
});

/** Every header of an answer that the API itself sets, as OpenAPI header objects. */
export const ANSWER_HEADERS: Readonly<Record<string, Json>> = {
  "X-Request-Id": text(
    "Names this request in the log; a given one is taken over",
    "3f1c7a52-9a1e-4ab3-8f0e-5a1c6d2b7e90",
  ),
  "X-RXON-Version": text("The version of the worker protocol that this server speaks", "1.0b16"),
  "RateLimit-Limit": count("Requests that one window allows", 6000),
  "RateLimit-Remaining": count("How many of them are left", 5999),
  "RateLimit-Reset": count("Seconds until all of them are there again", 1),
  "RateLimit-Policy": text("The limit, and its window in seconds", '"client";q=6000;w=60'),
  RateLimit: text("How many are left, and the seconds until all of them are there again", '"client";r=5999;t=1'),
  "Retry-After": count("Seconds after which to ask again", 5),
  "X-Quota-Limit": count("Jobs that this client may start in a month", 10_000),
  "X-Quota-Remaining": count("How many of them are left this month", 9999),
  "X-Quota-Reset": count("When the next month of the quota begins, in Unix seconds", 1_769_904_000),
  Allow: text("The methods that are taken here", "GET"),
  ETag: text("Names this state; sent back in If-None-Match it is answered 304 until something changes", '"p1-7"'),
  Location: text("Where the new thing is found", "/api/v1/jobs/019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b"),
  [NEXT_CURSOR_HEADER]: text("`cursor` of the next page; absent on the last", "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b"),
  [IDEMPOTENCY_REPLAYED_HEADER]: text("`true`: the key was used before, and this is that job", "true"),
};

const ALWAYS = ["X-Request-Id", "X-RXON-Version"];
const LIMITED = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "RateLimit"];
const QUOTA = ["X-Quota-Limit", "X-Quota-Remaining", "X-Quota-Reset"];

/** What else an operation's answers bear. */
export interface HeaderNeeds {
  limited: boolean;
  quota: boolean;
  status: number;
  more?: readonly string[] | undefined;
}

/** The headers of one answer, by reference; an own one that is not in the table is described by its name alone. */
export function headersOf({ limited, quota, status, more = [] }: HeaderNeeds): Json {
  const retry = status === 429 || status === 503 ? ["Retry-After"] : [];
  const names = [...ALWAYS, ...(limited ? LIMITED : []), ...(quota ? QUOTA : []), ...retry, ...more];
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.hasOwn(ANSWER_HEADERS, name) ? { $ref: `#/components/headers/${name}` } : { schema: { type: "string" } },
    ]),
  );
}

/** Headers of a request that starts a job. */
export const START_PARAMETERS: readonly Json[] = [
  {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description: "The same key again gives the same job and starts nothing; with another body it is refused (422)",
    schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[!-~]+$" },
  },
  {
    name: "traceparent",
    in: "header",
    required: false,
    description: "W3C trace context, kept with the job",
    schema: { type: "string" },
  },
];

/** Of an operation whose answer can be held back for the end of the job. */
export const PREFER_WAIT: Json = {
  name: "Prefer",
  in: "header",
  required: false,
  description: "`wait=<seconds>` (RFC 7240), up to 30: the answer is held back for the job's end, for so long at most",
  schema: { type: "string", example: "wait=10" },
};
