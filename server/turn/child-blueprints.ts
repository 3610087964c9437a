import type { PinnedBlueprint } from "@/server/engine/change";
import type { Signal } from "@/server/engine/signal";
import type { BlueprintSource, RunnableBlueprint } from "./blueprint-source";

/** What new jobs of a name get, and who may start them. */
export interface BlueprintHead {
  id: number;
  clientId: number;
  shared: boolean;
}

type Head = { head: BlueprintHead; blueprint: PinnedBlueprint } | null;

const FRESH_MS = 1_000;
/** Jobs that operators started may run everything, as operators do. */
const OPERATORS = 1;

/**
 * The blueprints that child jobs are made of. A decision is synchronous, so what it may ask for is read before it; a
 * new version is taken up within a second.
 */
export class ChildBlueprints {
  private readonly heads = new Map<string, { found: Head; until: number }>();

  constructor(
    private readonly source: BlueprintSource,
    private readonly readHead: (name: string) => Promise<BlueprintHead | null>,
  ) {}

  /** Reads what these jobs could start on hearing these signals. Nothing to read is the rule, and costs no await. */
  async prepare(wanted: Iterable<string>): Promise<void> {
    const seen = new Set<string>();
    const queue = [...wanted];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const found = await this.head(name);
      // A child may start with a child of its own.
      if (found) queue.push(...childNames(found.blueprint));
    }
  }

  /** What a job of this client pins its child to; null when it may not start it, or there is none. */
  get(name: string, clientId: number): PinnedBlueprint | null {
    const found = this.heads.get(name)?.found;
    if (!found) return null;
    const { head, blueprint } = found;
    return head.shared || head.clientId === clientId || clientId === OPERATORS ? blueprint : null;
  }

  private async head(name: string): Promise<Head> {
    const known = this.heads.get(name);
    if (known && known.until > Date.now()) return known.found;
    const head = await this.readHead(name);
    const blueprint = head && (await this.source.byId(head.id));
    const found = head && blueprint ? { head, blueprint } : null;
    this.heads.set(name, { found, until: Date.now() + FRESH_MS });
    return found;
  }
}

const names = new WeakMap<object, string[]>();

/** The blueprints that the states of this one start. */
export function childNames({ compiled }: Pick<RunnableBlueprint, "compiled">): string[] {
  const known = names.get(compiled);
  if (known) return known;
  const found = [...compiled.states.values()].flatMap((state) => (state.type === "child" ? [state.blueprint] : []));
  names.set(compiled, found);
  return found;
}

/** The blueprint that a handler's action starts. */
export function askedByHandler(signal: Signal): string[] {
  return signal.kind === "handler_returned" && signal.action?.type === "run_blueprint" ? [signal.action.blueprint] : [];
}
