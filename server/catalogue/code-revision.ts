import { createHash } from "node:crypto";
import type { JsonValue } from "@/lib/json";
import { contentHash } from "@/server/engine/blueprint/content-hash";
import type { DefinedBlueprint } from "@/server/engine/blueprint/define";

/** A blueprint written in TypeScript. `revision` is given where more than the handlers' own text is known. */
export interface CodedBlueprint extends DefinedBlueprint {
  revision?: string;
}

/** The code of one blueprint, found by its document. */
export interface BlueprintRevision {
  hash: string;
  revision: string;
}

/** Content hash of the document, and a revision that changes with the text of the handlers. */
export function revisionOf(blueprint: CodedBlueprint): BlueprintRevision {
  const hash = contentHash(blueprint.document as unknown as JsonValue);
  return { hash, revision: blueprint.revision ?? textRevision(blueprint) };
}

/** What a handler calls elsewhere is not in its text; two releases that differ there alone look the same. */
function textRevision({ handlers }: DefinedBlueprint): string {
  const texts = Object.keys(handlers)
    .sort()
    .map((name) => `${name}\0${handlers[name]?.run}`);
  return createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 12);
}
