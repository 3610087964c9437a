import type { z } from "zod";
import type { Permission } from "@/lib/roles";
import type { Caller } from "@/server/clients/caller";
import type { Config } from "@/server/config";
import type { HttpDeps } from "./http-deps";
import type { Json } from "./openapi-schema";

/**
 * One operation of the API, declared once: the router, the authorisation, the validation and the OpenAPI document are
 * all made from this.
 */
export interface Operation<Params = unknown, Query = unknown, Body = unknown, Who extends Access = Access> {
  id: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{names}`; below `/api/v1` (and `/api`) unless it begins with `/_public` or is a probe. */
  path: string;
  tag:
    | "Jobs"
    | "Processes"
    | "Approvals"
    | "Blueprints"
    | "Workers"
    | "Reports"
    | "Files"
    | "Session"
    | "Tokens"
    | "Live"
    | "System";
  summary: string;
  /** More than the summary says, as Markdown. */
  description?: string;
  access: Who;
  /** Where it is so configured, a request with neither token nor session counts as one of the client of open doors. */
  orAnybody?: (config: Config) => boolean;
  /** Remote workers may ask as well, with `X-Worker-Token`: then there is a `worker` and no caller. */
  orWorker?: true;
  params?: z.ZodType<Params>;
  /** What is said to be not found when the path's values cannot even be ids. */
  subject?: string;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** An absent body is `{}`. */
  bodyOptional?: boolean;
  /**
   * What is said, in place of our own words, when this member of query or body is at fault: texts that clients of the
   * reference look for. `details` say the rest.
   */
  faultTexts?: Readonly<Record<string, string>>;
  /** Headers of the request that it reads, as OpenAPI parameters. */
  headers?: readonly Json[];
  /** Takes the raw body itself; described in the OpenAPI document by these media types. */
  rawBody?: readonly string[];
  /** Not below an unversioned alias. */
  unversionedAlias?: false;
  answers: Record<number, AnswerSpec>;
  handle(input: OperationInput<Params, Query, Body, Who>): Promise<Answer | Response>;
}

/** A permission of `lib/roles`, `signed_in` for any caller, or `open` for everybody. */
export type Access = Permission | "signed_in" | "open";

export interface AnswerSpec {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
  /** Media types that it is also given in, when one of them is asked for. */
  otherTypes?: readonly string[];
  headers?: readonly string[];
}

export interface OperationInput<Params, Query, Body, Who extends Access> {
  params: Params;
  query: Query;
  body: Body;
  caller: Who extends "open" ? null : Caller;
  /** The remote worker that asks in place of a caller, where `orWorker` lets it. */
  worker: string | null;
  request: Request;
  url: URL;
  /** The address the request came from; null behind a host that does not tell. */
  remoteAddress: string | null;
  /** Cuts the connection; null behind a host that does not give it. */
  disconnect: (() => void) | null;
  requestId: string;
  deps: HttpDeps;
  /** All of the API's operations, for the one that describes them. */
  operations: readonly Operation[];
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Declares an operation; only gives the types to its handler. */
export function operation<Params, Query, Body, Who extends Access>(
  spec: Operation<Params, Query, Body, Who>,
): Operation {
  return spec as unknown as Operation;
}

/** 200 with a JSON body. */
export function ok(body: unknown, headers?: Record<string, string>): Answer {
  return headers ? { status: 200, body, headers } : { status: 200, body };
}
