import { CLIENT_SCOPES, type ClientScope } from "@/lib/roles";
import type { NoticeBus } from "@/server/queue/contract";
import { type ClientFacts, clientByName, clientByTokenHash, type Client as StoredClient } from "@/server/store/clients";
import type { Database } from "@/server/store/database";
import { tokenHash } from "./token-hash";

/** An API client as its token says. */
export interface Client {
  id: number;
  name: string;
  scopes: readonly ClientScope[];
  /** What its jobs are told of it; null: nothing was said. */
  facts: ClientFacts | null;
  /** Jobs that it may start in a calendar month; null: any number. */
  monthlyAttempts: number | null;
}

/** Finds clients by their tokens. */
export interface ClientDirectory {
  /** Null for an unknown token, and for one of a disabled client at the latest five seconds after that. */
  byToken(token: string): Promise<Client | null>;
  /** Null for one that is absent or disabled; kept as long. */
  byName(name: string): Promise<Client | null>;
  /** What was kept is looked up anew. */
  forget(): void;
}

const KEEP_MS = 5_000;
/** Unknown tokens are remembered too, or guessing would be a way to load the database. */
const MAX_KEPT = 10_000;

/** Looks tokens up by their SHA-256, and keeps what it found for five seconds, or until a notice says that tokens changed. */
export function clientDirectory(database: Database, notices?: Pick<NoticeBus, "on">): ClientDirectory {
  const kept = new Map<string, { client: Promise<Client | null>; until: number }>();
  notices?.on("tokens", () => kept.clear());
  function known(key: string, find: () => Promise<StoredClient | null>): Promise<Client | null> {
    const found = kept.get(key);
    if (found && found.until > Date.now()) return found.client;
    const client = find().then(clientOf);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, { client, until: Date.now() + KEEP_MS });
    client.catch(() => kept.delete(key));
    return client;
  }
  return {
    byToken(token) {
      const hash = tokenHash(token);
      return known(hash.toString("base64"), () => clientByTokenHash(database, hash));
    },
    byName: (name) => known(`name ${name}`, () => clientByName(database, name)),
    forget: () => kept.clear(),
  };
}

function clientOf(found: StoredClient | null): Client | null {
  if (!found) return null;
  const { plan, params, config } = found.facts;
  const told = plan !== null || Object.keys(params).length > 0 || Object.keys(config).length > 0;
  const scopes = CLIENT_SCOPES.filter((scope) => found.scopes.includes(scope));
  return { ...found, scopes, facts: told ? found.facts : null };
}
