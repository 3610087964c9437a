import { z } from "zod";
import {
  changeClientBody,
  clientParams,
  clientRow,
  clientWithToken,
  createClientBody,
  deletedAnswer,
  rotateBody,
} from "@/lib/api/client";
import { actorOf } from "@/server/clients/caller";
import { changeClient, createClient, listClients, removeClient, rotateClient } from "@/server/clients/manage-clients";
import { ok, operation } from "../operation";

const READ_ONLY = { description: "It comes from clients.toml or the environment, and is changed there" };

const list = operation({
  id: "listClients",
  method: "GET",
  path: "/clients",
  tag: "Tokens",
  summary: "API clients, by name, with what they used of this month's quota",
  access: "admin",
  answers: { 200: { description: "All of them", schema: z.array(clientRow) } },
  handle: async ({ deps }) => ok(await listClients(deps.database)),
});

const create = operation({
  id: "createClient",
  method: "POST",
  path: "/clients",
  tag: "Tokens",
  summary: "Make an API client; its token is in this answer only",
  access: "admin",
  body: createClientBody,
  answers: {
    201: { description: "The client and its token", schema: clientWithToken },
    409: { description: "The name or the token is taken" },
  },
  handle: async ({ body, caller, deps }) => ({ status: 201, body: await createClient(deps, body, actorOf(caller)) }),
});

const change = operation({
  id: "changeClient",
  method: "PATCH",
  path: "/clients/{client_id}",
  tag: "Tokens",
  summary: "Change, disable or enable an API client; what is absent stays",
  access: "admin",
  params: clientParams,
  subject: "Client",
  body: changeClientBody,
  answers: { 200: { description: "The client", schema: clientRow }, 409: READ_ONLY },
  handle: async ({ params, body, caller, deps }) =>
    ok(await changeClient(deps, params.client_id, body, actorOf(caller))),
});

const rotate = operation({
  id: "rotateClient",
  method: "POST",
  path: "/clients/{client_id}/rotate",
  tag: "Tokens",
  summary: "Give an API client another token; the one before ends at once",
  access: "admin",
  params: clientParams,
  subject: "Client",
  body: rotateBody,
  bodyOptional: true,
  answers: { 200: { description: "The client and its token", schema: clientWithToken }, 409: READ_ONLY },
  handle: async ({ params, body, caller, deps }) =>
    ok(await rotateClient(deps, params.client_id, body.token, actorOf(caller))),
});

const remove = operation({
  id: "deleteClient",
  method: "DELETE",
  path: "/clients/{client_id}",
  tag: "Tokens",
  summary: "Delete a disabled API client that no jobs, blueprints or reports belong to",
  access: "admin",
  params: clientParams,
  subject: "Client",
  answers: {
    200: { description: "It is gone", schema: deletedAnswer },
    409: { description: "It is not disabled, something belongs to it, or it is read only here" },
  },
  async handle({ params, caller, deps }) {
    await removeClient(deps, params.client_id, actorOf(caller));
    return ok({ status: "deleted" });
  },
});

export const clientRoutes = [list, create, change, rotate, remove];
