import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { BlueprintProblem } from "./problem";

export type { BlueprintProblem } from "./problem";

export type ParsedBlueprint = { ok: true; document: BlueprintDocument } | { ok: false; problems: BlueprintProblem[] };

export interface ParseOptions {
  /** True for blueprints written in TypeScript: uploads may not name code. */
  allowHandlers: boolean;
  /** The name that the document must have: the one in the URL. */
  name?: string;
}
export function parseBlueprint(input: unknown, options: ParseOptions): ParsedBlueprint { return {ok: true, document: input as BlueprintDocument}; }
