/**
 * The namespaces of the messages: one JSON file each in `messages/en` and `messages/es`. To add one, write the two
 * files, import them in `messages.ts` and name them here; the type checker then knows their keys everywhere.
 */
export const NAMESPACES = [
  "common",
  "status",
  "shell",
  "auth",
  "forms",
  "json",
  "time",
  "overview",
  "jobs",
  "job",
  "verbs",
  "why",
  "bulk",
  "quarantine",
  "graph",
  "approvals",
  "blueprints",
  "workers",
  "reports",
  "tokens",
] as const;

export type Namespace = (typeof NAMESPACES)[number];
