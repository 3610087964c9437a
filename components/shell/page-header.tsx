import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LiveIndicator } from "@/components/shell/live-indicator";
import { Icon } from "@/components/ui/icon";

export interface Crumb {
  href: string;
  label: string;
}

export interface PageHeaderProps {
  /** The one `h1` of the page. */
  title: ReactNode;
  /** The way here, without the page itself. */
  crumbs?: readonly Crumb[];
  /** Quiet words after the title: counts, a date. */
  meta?: ReactNode;
  /** Buttons on the right; one of them primary at most. */
  actions?: ReactNode;
  /** Off on a page where nothing is live. */
  live?: boolean;
}

/** The head of every page: breadcrumb, title, how old the data is, and what can be done. */
export function PageHeader({ title, crumbs = [], meta, actions, live = true }: PageHeaderProps) {
  const t = useTranslations("shell");
  return (
    <header className="page-head">
      <div className="titles">
        {crumbs.length > 0 ? (
          <nav className="crumbs" aria-label={t("breadcrumb")}>
            <ol>
              {crumbs.map((crumb) => (
                <li key={crumb.href}>
                  <Link href={crumb.href}>{crumb.label}</Link>
                  <Icon as={ChevronRight} size={14} />
                </li>
              ))}
            </ol>
          </nav>
        ) : null}
        <h1>{title}</h1>
        {meta ? <span className="s12 t3">{meta}</span> : null}
      </div>
      <div className="page-actions">
        {live ? <LiveIndicator /> : null}
        {actions}
      </div>
    </header>
  );
}
