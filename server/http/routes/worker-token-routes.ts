import { z } from "zod";
import { deletedAnswer, rotateBody, workerTokenParams } from "@/lib/api/client";
import {
  changeWorkerTokenBody,
  createWorkerTokenBody,
  workerTokenRow,
  workerTokenWithToken,
} from "@/lib/api/worker-token";
import { actorOf } from "@/server/clients/caller";
import {
  changeWorkerToken,
  createWorkerToken,
  listWorkerTokens,
  removeWorkerToken,
  rotateWorkerToken,
} from "@/server/clients/manage-worker-tokens";
import { ok, operation } from "../operation";

const READ_ONLY = { description: "It comes from workers.toml or the environment, and is changed there" };

const list = operation({
  id: "listWorkerTokens",
  method: "GET",
  path: "/worker-tokens",
  tag: "Tokens",
  summary: "Tokens of remote workers, by name",
  access: "admin",
  answers: { 200: { description: "All of them", schema: z.array(workerTokenRow) } },
  handle: async ({ deps }) => ok(await listWorkerTokens(deps.database)),
});

const create = operation({
  id: "createWorkerToken",
  method: "POST",
  path: "/worker-tokens",
  tag: "Tokens",
  summary: "Make a token for a worker, a pattern of workers or all; it is in this answer only",
  access: "admin",
  body: createWorkerTokenBody,
  answers: {
    201: { description: "The entry and its token", schema: workerTokenWithToken },
    409: { description: "The name or the token is taken" },
  },
  handle: async ({ body, caller, deps }) => ({
    status: 201,
    body: await createWorkerToken(deps, body, actorOf(caller)),
  }),
});

const change = operation({
  id: "changeWorkerToken",
  method: "PATCH",
  path: "/worker-tokens/{token_id}",
  tag: "Tokens",
  summary: "Change, disable or enable a worker token; what is absent stays",
  access: "admin",
  params: workerTokenParams,
  subject: "Worker token",
  body: changeWorkerTokenBody,
  answers: { 200: { description: "The entry", schema: workerTokenRow }, 409: READ_ONLY },
  handle: async ({ params, body, caller, deps }) =>
    ok(await changeWorkerToken(deps, params.token_id, body, actorOf(caller))),
});

const rotate = operation({
  id: "rotateWorkerToken",
  method: "POST",
  path: "/worker-tokens/{token_id}/rotate",
  tag: "Tokens",
  summary: "Another token in place of the one before, which ends at once",
  access: "admin",
  params: workerTokenParams,
  subject: "Worker token",
  body: rotateBody,
  bodyOptional: true,
  answers: { 200: { description: "The entry and its token", schema: workerTokenWithToken }, 409: READ_ONLY },
  handle: async ({ params, body, caller, deps }) =>
    ok(await rotateWorkerToken(deps, params.token_id, body.token, actorOf(caller))),
});

const remove = operation({
  id: "deleteWorkerToken",
  method: "DELETE",
  path: "/worker-tokens/{token_id}",
  tag: "Tokens",
  summary: "Delete a worker token; who uses it is refused from then on",
  access: "admin",
  params: workerTokenParams,
  subject: "Worker token",
  answers: { 200: { description: "It is gone", schema: deletedAnswer }, 409: READ_ONLY },
  async handle({ params, caller, deps }) {
    await removeWorkerToken(deps, params.token_id, actorOf(caller));
    return ok({ status: "deleted" });
  },
});

export const workerTokenRoutes = [list, create, change, rotate, remove];
