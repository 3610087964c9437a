/** Names of blueprints, states, task types, outcomes and handlers. */
export const NAME_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;

/** Blueprint names that are words of the API and the dashboard: `/blueprints/schema`, `/blueprints/new`. */
export const RESERVED_BLUEPRINT_NAMES: readonly string[] = ["schema", "new"];

/** Limits of a document; `docs/blueprint-guide.md` tells them to those who write one. */
export const BLUEPRINT_LIMITS = {
  states: 1000,
  cases: 100,
  branches: 1000,
  transitions: 100_000,
  defaultTransitions: 1000,
  /** One year; longer waits are schedules. */
  seconds: 31_536_000,
} as const;

/** What stands in `api_version` and `api_endpoint` when a document leaves them out. */
export const DEFAULT_API_VERSION = "v1";

/** Where jobs of the blueprint are started: `/jobs/<name>` unless the document says otherwise. */
export function apiEndpointOf(document: { name: string; api_endpoint?: string }): string {
  return document.api_endpoint ?? `/jobs/${document.name}`;
}

/** In `labels`: the members of the object that its template gives are labels of their own. */
export const SPREAD_LABELS = "*";

/** The blueprint of jobs that are one task each, whatever its type; its label `task` says which. */
export const SINGLE_TASK_BLUEPRINT = "single_task";
export const TASK_LABEL = "task";
