import type { z } from "zod";
import type { HandlerAction } from "@/lib/blueprint/action";
import type { BlueprintDocument, BlueprintState } from "@/lib/blueprint/document";
import type { handlerAction } from "@/lib/blueprint/schema/action-schema";
import type { blueprintDocument, blueprintState } from "@/lib/blueprint/schema/document-schema";

/** The types that pages import and the schemas that check documents say the same, in both directions. */
type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : never) : never;

export const documents: Same<BlueprintDocument, z.infer<typeof blueprintDocument>> = true;
export const states: Same<BlueprintState, z.infer<typeof blueprintState>> = true;
export const actions: Same<HandlerAction, z.infer<typeof handlerAction>> = true;
