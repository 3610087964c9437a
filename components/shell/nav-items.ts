import {
  FileText,
  KeyRound,
  LayoutDashboard,
  List,
  type LucideIcon,
  Server,
  ShieldAlert,
  UserCheck,
  Workflow,
} from "lucide-react";
import { type Permission, type Role, roleMay } from "@/lib/roles";

/** The keys of `shell` messages that name the pages. */
export type NavLabel =
  | "overview"
  | "jobs"
  | "approvals"
  | "blueprints"
  | "workers"
  | "quarantine"
  | "reports"
  | "tokens";

export interface NavItem {
  href: string;
  label: NavLabel;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
  /** The figure that the API counts for it, drawn as a badge. */
  badge?: "approvals" | "quarantine";
  /** Shown only to those whose role gives it. */
  permission?: Permission;
}

export interface NavGroup {
  label: "mainNav" | "runNav" | "controlNav" | "documentsNav" | "settingsNav";
  /** The first group needs no heading. */
  heading: boolean;
  items: readonly NavItem[];
}

/** The pages that exist, in the order of the sidebar; palette and shortcuts are made from it too. */
export const NAV: readonly NavGroup[] = [
  {
    label: "mainNav",
    heading: false,
    items: [
      { href: "/", label: "overview", icon: LayoutDashboard, key: "o" },
      { href: "/jobs", label: "jobs", icon: List, key: "j" },
      { href: "/approvals", label: "approvals", icon: UserCheck, key: "a", badge: "approvals" },
      { href: "/blueprints", label: "blueprints", icon: Workflow, key: "b" },
    ],
  },
  { label: "runNav", heading: true, items: [{ href: "/workers", label: "workers", icon: Server, key: "w" }] },
  {
    label: "controlNav",
    heading: true,
    items: [{ href: "/quarantine", label: "quarantine", icon: ShieldAlert, key: "q", badge: "quarantine" }],
  },
  { label: "documentsNav", heading: true, items: [{ href: "/reports", label: "reports", icon: FileText, key: "r" }] },
  {
    label: "settingsNav",
    heading: true,
    items: [{ href: "/settings/tokens", label: "tokens", icon: KeyRound, key: "t", permission: "admin" }],
  },
];

/** The groups of pages that this role sees. */
export function navOf(role: Role): NavGroup[] {
  const seen = (item: NavItem) => item.permission === undefined || roleMay(role, item.permission);
  return NAV.map((group) => ({ ...group, items: group.items.filter(seen) })).filter(({ items }) => items.length > 0);
}

/** True when `pathname` is the page of `href` or one below it. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
