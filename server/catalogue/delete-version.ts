import type { DeleteVersionAnswer } from "@/lib/api/blueprint";
import type { Actor } from "@/lib/job-event";
import { ApiError, notFound } from "@/server/errors";
import { type Archived, archiveVersion } from "@/server/store/archive-blueprint";
import { writeAudit } from "@/server/store/audit-log";
import type { Database } from "@/server/store/database";

/**
 * Deletes a version of a blueprint. Refused: 404 for one that is not there, 409 while jobs that have not ended are pinned
 * to it (with their number), while running engines have its code, and when what would take its place cannot.
 */
export async function deleteVersion(
  database: Database,
  name: string,
  version: number,
  by: Actor,
): Promise<DeleteVersionAnswer> {
  const archived = await archiveVersion(database, name, version);
  if (!archived.done) throw refusal(name, version, archived);
  const { current } = archived;
  await writeAudit(database, {
    by,
    action: "blueprint.delete",
    target: ["blueprint", name],
    data: { version, current },
  });
  return { status: "deleted", name, version, current_version: current };
}

function refusal(name: string, version: number, archived: Exclude<Archived, { done: true }>): ApiError {
  const what = `Version ${version} of ${name}`;
  switch (archived.reason) {
    case "not_found":
      return notFound("Blueprint version");
    case "in_use": {
      const { openJobs } = archived;
      const jobs = openJobs === 1 ? "1 job that has not ended" : `${openJobs} jobs that have not ended`;
      const fix = "Let them end, or cancel them, first";
      return new ApiError(409, "conflict", `${what} is in use by ${jobs}. ${fix}`, {
        details: [{ blueprint: name, message: `open jobs: ${openJobs}`, fix, open_jobs: openJobs }],
      });
    }
    case "running": {
      const engines =
        archived.engines === 1 ? "an engine that is running" : `${archived.engines} engines that are running`;
      return new ApiError(409, "conflict", `${what} is written in the code of ${engines}; take it out of that first`);
    }
    case "endpoint":
      return new ApiError(
        409,
        "conflict",
        `Without it, new jobs would get version ${archived.version}, whose api_endpoint is another blueprint's by now; delete that version first`,
      );
  }
}
