"use client";
import { CircleHelp, Search } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { useWaitingCounts } from "@/components/data/approval-count";
import { useOperator } from "@/components/data/operator";
import { LocaleSwitch } from "@/components/shell/locale-switch";
import { isCurrent, type NavItem, navOf } from "@/components/shell/nav-items";
import { ThemeSwitch } from "@/components/shell/theme-switch";
import { UserMenu } from "@/components/shell/user-menu";
import { IconButton } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Mark } from "@/components/ui/mark";

export interface SidebarProps {
  onSearch: () => void;
  onShortcuts: () => void;
  /** Called when a link is followed, for the drawer to close. */
  onNavigate?: () => void;
}

/** The pages, grouped, with what waits for a person as a badge; at its foot the person, language and theme. */
export function Sidebar({ onSearch, onShortcuts, onNavigate }: SidebarProps) {
  const t = useTranslations("shell");
  const { role } = useOperator();
  return (
    <aside className="side" aria-label={t("sidebar")}>
      <Link className="brand" href="/" onClick={onNavigate}>
        <Mark />
        Batuta
      </Link>
      <button type="button" className="side-search" onClick={onSearch} aria-keyshortcuts="Control+K Meta+K">
        <Icon as={Search} size={14} />
        <span className="clip">{t("search")}</span>
        <span className="end">
          <Kbd keys="mod+k" />
        </span>
      </button>
      {navOf(role).map((group) => (
        <nav key={group.label} className="nav" aria-label={t(group.label)}>
          {group.heading ? (
            <div className="nav-h" aria-hidden="true">
              {t(group.label)}
            </div>
          ) : null}
          {group.items.map((item) => (
            <NavLink key={item.href} item={item} onNavigate={onNavigate} />
          ))}
        </nav>
      ))}
      <div className="side-foot">
        <UserMenu />
        <LocaleSwitch />
        <ThemeSwitch />
        <IconButton
          icon={CircleHelp}
          label={t("shortcuts")}
          variant="quiet"
          size="sm"
          onClick={onShortcuts}
          aria-keyshortcuts="?"
        />
      </div>
    </aside>
  );
}

function NavLink({ item, onNavigate }: { item: NavItem; onNavigate: (() => void) | undefined }) {
  const t = useTranslations("shell");
  const pathname = usePathname();
  return (
    <Link href={item.href} aria-current={isCurrent(item.href, pathname) ? "page" : undefined} onClick={onNavigate}>
      <Icon as={item.icon} />
      {t(item.label)}
      {item.badge ? <NavBadge of={item.badge} /> : null}
    </Link>
  );
}

const BADGE = {
  approvals: { status: "needs_approval", words: "approvalsWaiting" },
  quarantine: { status: "quarantined", words: "jobsQuarantined" },
} as const;

/** How much of it waits for a person. */
function NavBadge({ of }: { of: NonNullable<NavItem["badge"]> }) {
  const t = useTranslations("shell");
  const count = useWaitingCounts()?.[of];
  if (!count) return null;
  return (
    <span className="count" data-s={BADGE[of].status}>
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span className="vh">{t(BADGE[of].words, { count })}</span>
    </span>
  );
}
