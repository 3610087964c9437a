import type { NoticeBus } from "@/server/queue/contract";
import { claimPlaced, sessionsWithPlaced } from "@/server/store/claim-placed";
import type { Database } from "@/server/store/database";
import type { PlacedTasks } from "./placed-hand-out";

/** The tasks that the dispatcher gave to sessions of remote workers, as their rows and its notices tell. */
export function placedRows(database: Database, notices: Pick<NoticeBus, "on">): PlacedTasks {
  return {
    claim: (polls) =>
      claimPlaced(
        database,
        polls.map((poll) => ({ ...poll, limit: 1 })),
        "remote",
      ),
    sessions: () => sessionsWithPlaced(database),
    onPlaced: (listener) => notices.on("placed", (text) => listener(JSON.parse(text) as string[])),
  };
}
