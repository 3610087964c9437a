import type { JsonObject } from "@/lib/json";
import type { RemoteSession } from "@/server/workers/remote-workers";

export interface SkillsSync {
  /** The worker sent its skills with this message. */
  told(session: RemoteSession, body: JsonObject): Promise<void>;
  /** True when its next heartbeat should name all its skills: those that we hold are not those that it means. */
  isNeeded(session: RemoteSession, body: JsonObject): Promise<boolean>;
}

const MOST_SESSIONS = 20_000;

/**
 * Workers name their skills only when they change, and otherwise a hash of them. What the hash is made of is their own
 * matter: it is kept with the session, and compared.
 */
export function createSkillsSync(rows: {
  read: (session: string) => Promise<string | null>;
  save: (session: string, hash: string) => Promise<void>;
}): SkillsSync {
  const known = new Map<string, string>();

  function remember(session: string, hash: string): void {
    if (known.size >= MOST_SESSIONS) known.clear();
    known.set(session, hash);
  }

  return {
    async told(session, body) {
      const hash = hashOf(body);
      if (hash === null || known.get(session.id) === hash) return;
      await rows.save(session.id, hash);
      remember(session.id, hash);
    },
    async isNeeded(session, body) {
      const hash = hashOf(body);
      if (hash === null) return false;
      if (session.skills.length === 0) return true;
      if (known.get(session.id) === hash) return false;
      // Another process may have been told.
      if ((await rows.read(session.id)) !== hash) return true;
      remember(session.id, hash);
      return false;
    },
  };
}

function hashOf({ skills_hash: hash }: JsonObject): string | null {
  return typeof hash === "string" && /^[\x21-\x7e]{1,128}$/.test(hash) ? hash : null;
}
