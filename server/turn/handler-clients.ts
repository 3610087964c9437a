import { type ClientFacts, clientFacts } from "@/server/store/clients";
import type { Database } from "@/server/store/database";

const FRESH_MS = 10_000;
const MAX_KEPT = 1_000;

/** What handlers are told of the clients whose jobs they run, remembered for some seconds. */
export class HandlerClients {
  private readonly known = new Map<number, { facts: Promise<ClientFacts | null>; until: number }>();

  constructor(private readonly database: Database) {}

  of(clientId: number): Promise<ClientFacts | null> {
    const known = this.known.get(clientId);
    if (known && known.until > Date.now()) return known.facts;
    const facts = clientFacts(this.database, clientId);
    if (this.known.size >= MAX_KEPT) this.known.clear();
    this.known.set(clientId, { facts, until: Date.now() + FRESH_MS });
    facts.catch(() => this.known.delete(clientId));
    return facts;
  }
}
