import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { notFound } from "@/server/errors";
import { readJobOwner } from "@/server/store/reads/job-detail";
import type { HttpDeps } from "../http-deps";

/** The job's owner and version, if this caller may know of it; 404 otherwise, whether it is absent or somebody else's. */
export async function visibleJob(deps: HttpDeps, caller: Caller, id: string) {
  const owner = await readJobOwner(deps.database.pool, id);
  const clientId = clientFilterOf(caller);
  if (!owner || (clientId !== null && owner.clientId !== clientId)) throw notFound("Job");
  return owner;
}
