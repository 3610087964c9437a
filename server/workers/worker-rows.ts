import type { JsonObject } from "@/lib/json";
import type { Database } from "@/server/store/database";
import {
  registerRemoteSession,
  remoteContracts,
  renewRemoteSession,
  renewRemoteSessions,
} from "@/server/store/remote-sessions";
import { endSession, registerSession, renewSession, tasksOfSession } from "@/server/store/sessions";
import { batched } from "./batched";
import type { RemoteSessionRows } from "./remote-workers";
import type { SessionRows } from "./session";
import type { SkillContracts } from "./skill-contract";

/** Sessions of our own processes: worker processes, and web processes that read for remote workers. */
export function ownSessionRows(database: Database, instance?: string): SessionRows {
  return {
    async register(session) {
      await registerSession(database, { ...session, kind: "own", instance });
    },
    async renew(id, runtime) {
      const renewed = await renewSession(database, id, runtime === undefined ? {} : { runtime });
      // A revived session has lost what it held and is left for a new one. It stays live until its lease is over again:
      // only then is what it took in between found and given to others.
      return renewed !== null && !renewed.revived;
    },
    async setDraining(id) {
      await renewSession(database, id, { draining: true });
    },
    end: (id) => endSession(database, id),
  };
}

/** Sessions of remote workers. */
export function remoteSessionRows(database: Database): RemoteSessionRows {
  const stay = batched(async (workers: string[]) => {
    const names = [...new Set(workers)];
    const rows = await renewRemoteSessions(database, names);
    const byName = new Map(names.map((name, index) => [name, rows[index] ?? null]));
    return workers.map((worker) => byName.get(worker) ?? null);
  });
  return {
    register: (session) => registerRemoteSession(database, { ...session, contracts: plain(session.contracts) }),
    async renew(worker, { contracts, ...change }) {
      if (contracts === undefined && Object.keys(change).length === 0) {
        const row = await stay(worker);
        return row && { ...row, contracts: row.contracts as SkillContracts | null };
      }
      const told = contracts === undefined ? {} : { contracts: plain(contracts) };
      const row = await renewRemoteSession(database, worker, { ...change, ...told });
      return row && { ...row, contracts: row.contracts as SkillContracts | null };
    },
    contracts: async (worker) => (await remoteContracts(database, worker)) as SkillContracts | null,
    end: (sessionId) => endSession(database, sessionId),
    heldBy: (sessionId) => tasksOfSession(database, sessionId),
  };
}

function plain(contracts: SkillContracts | null): JsonObject | null {
  return contracts && (JSON.parse(JSON.stringify(contracts)) as JsonObject);
}
