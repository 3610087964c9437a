import type { EventData, EventKind } from "@/lib/job-event";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

/** What an event's data do to a draft. */
export type Apply<Data> = (draft: Job, data: Data, seq: number, blueprint: CompiledBlueprint) => void;

/** The meaning of some kinds of events. */
export type Applications<Kinds extends EventKind> = { [K in Kinds]: Apply<EventData[K]> };
