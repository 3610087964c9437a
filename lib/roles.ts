/**
 * Who may do what: the one declared table of roles, scopes and permissions. The API checks it, the pages read it to
 * show or leave out a button, and the documentation prints it.
 */
export const PERMISSIONS = [
  "jobs:read",
  "jobs:start",
  "jobs:cancel",
  "jobs:retry",
  "jobs:operate",
  "jobs:signal",
  "approvals:read",
  "approvals:decide",
  "blueprints:read",
  "blueprints:write",
  "files:write",
  "workers:read",
  "reports:read",
  "overview:read",
  "admin",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ["viewer", "operator", "approver", "admin"] as const;
export type Role = (typeof ROLES)[number];

const reading = [
  "jobs:read",
  "approvals:read",
  "blueprints:read",
  "workers:read",
  "reports:read",
  "overview:read",
] as const satisfies readonly Permission[];

/**
 * Permissions of people. `jobs:operate` is to pause, resume, requeue, give up, complete by hand, fork and prioritise. An
 * approver decides what is put to the role; an operator runs the jobs.
 */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  viewer: reading,
  approver: [...reading, "approvals:decide"],
  operator: [
    ...reading,
    "jobs:start",
    "jobs:cancel",
    "jobs:retry",
    "jobs:operate",
    "jobs:signal",
    "files:write",
    "approvals:decide",
  ],
  admin: PERMISSIONS,
};

export const CLIENT_SCOPES = ["jobs", "blueprints", "schedules", "approvals", "admin"] as const;
export type ClientScope = (typeof CLIENT_SCOPES)[number];

/** Permissions of API clients. Whatever the scope, a client sees its own jobs only. */
export const SCOPE_PERMISSIONS: Record<ClientScope, readonly Permission[]> = {
  jobs: [
    "jobs:read",
    "jobs:start",
    "jobs:cancel",
    "jobs:retry",
    "jobs:operate",
    "jobs:signal",
    "files:write",
    "blueprints:read",
    "workers:read",
    "reports:read",
    "overview:read",
  ],
  blueprints: ["blueprints:read", "blueprints:write"],
  schedules: ["blueprints:read"],
  approvals: ["approvals:read", "approvals:decide"],
  admin: ["admin"],
};

/** Everything a client with these scopes may do. */
export function permissionsOfScopes(scopes: readonly ClientScope[]): Set<Permission> {
  return new Set(scopes.flatMap((scope) => SCOPE_PERMISSIONS[scope]));
}

/** True when a person with this role may do it. */
export function roleMay(role: Role, permission: Permission): boolean {
  return ROLE_PERMISSIONS[role].includes(permission);
}

/** Reads a role; null for a word that is none. */
export function roleOf(word: unknown): Role | null {
  return ROLES.includes(word as Role) ? (word as Role) : null;
}
