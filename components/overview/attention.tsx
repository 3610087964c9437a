"use client";
import { Hand, Layers, ShieldAlert } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { ButtonLink } from "@/components/ui/button";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import type { Overview } from "@/lib/api/overview";
import type { DisplayStatus } from "@/lib/job-status";

/** What doesn't go on without a person: decisions, jobs in quarantine, and tasks that nobody takes. */
export function Attention({ overview }: { overview: Overview }) {
  const t = useTranslations("overview");
  return (
    <section className="attention" aria-label={t("attention")}>
      <Approvals due={overview.approvals_due} />
      <Quarantine quarantined={overview.quarantined} />
      <Waiting waiting={overview.waiting} />
    </section>
  );
}

function Approvals({ due }: { due: Overview["approvals_due"] }) {
  const t = useTranslations("overview");
  const nowMs = useNow();
  const rows = [...due.rows].sort((a, b) => (a.deadline_at ?? "9").localeCompare(b.deadline_at ?? "9"));
  const overdue = rows.filter((row) => row.deadline_at && nowMs !== null && Date.parse(row.deadline_at) < nowMs).length;
  return (
    <Card
      status="needs_approval"
      icon={Hand}
      count={due.mine}
      title={t("approvals", { count: due.mine })}
      note={
        overdue > 0 ? t("overdue", { count: overdue }) : t("forOthers", { count: Math.max(0, due.open - due.mine) })
      }
      href="/approvals"
      empty={t("noApprovals")}
    >
      {rows.map((row) => (
        <Item
          key={row.approval_id}
          href={`/approvals/${row.approval_id}`}
          title={row.message || row.state}
          note={row.quorum > 1 ? t("quorum", { count: row.votes.length, quorum: row.quorum }) : row.blueprint_name}
          at={row.deadline_at}
        />
      ))}
    </Card>
  );
}

function Quarantine({ quarantined }: { quarantined: Overview["quarantined"] }) {
  const t = useTranslations("overview");
  return (
    <Card
      status="quarantined"
      icon={ShieldAlert}
      count={quarantined.count}
      title={t("quarantined", { count: quarantined.count })}
      note={quarantined.count > 0 ? t("quarantinedNote") : ""}
      href="/quarantine"
      empty={t("noQuarantine")}
    >
      {quarantined.rows.map((row) => (
        <Item
          key={row.job_id}
          href={`/jobs/${row.job_id}`}
          title={row.error?.message ?? row.state}
          note={row.blueprint_name}
          at={row.updated_at}
        />
      ))}
    </Card>
  );
}

function Waiting({ waiting }: { waiting: Overview["waiting"] }) {
  const t = useTranslations("overview");
  const unheard = waiting.types.filter((type) => type.listening === 0);
  const types = [...unheard, ...waiting.types.filter((type) => type.listening > 0)].slice(0, 5);
  return (
    <Card
      status={unheard.length > 0 ? "retrying" : "queued"}
      icon={Layers}
      count={waiting.count}
      title={t("waiting", { count: waiting.count })}
      note={
        waiting.oldest_at ? (
          <>
            {t("oldest")} <RelativeTime at={waiting.oldest_at} />
          </>
        ) : (
          ""
        )
      }
      href="/jobs?status=queued"
      empty={t("noWaiting")}
    >
      {types.map((type) => (
        <Item
          key={type.task_type}
          href="/workers"
          alert={type.listening === 0}
          title={type.listening === 0 ? t("nobodyListens") : t("listening", { count: type.listening })}
          note={`${type.task_type} ×${type.waiting}`}
          at={type.oldest_at}
        />
      ))}
    </Card>
  );
}

interface CardProps {
  status: DisplayStatus;
  icon: LucideIcon;
  count: number;
  title: string;
  note: ReactNode;
  href: string;
  /** What stands there when there is nothing. */
  empty: string;
  children: ReactNode;
}

function Card({ status, icon, count, title, note, href, empty, children }: CardProps) {
  const t = useTranslations("overview");
  return (
    <section
      className="panel attention-card"
      data-s={count > 0 ? status : undefined}
      data-quiet={count === 0 || undefined}
    >
      <div className="attention-h">
        <Icon as={icon} size={18} />
        <span className="attention-count">{count}</span>
        <span className="grow">
          <h2>{title}</h2>
          <p className="s12 t2">{note}</p>
        </span>
        <ButtonLink href={href} aria-label={t("openOf", { what: title })}>
          {t("open")}
        </ButtonLink>
      </div>
      {count === 0 ? <p className="hint attention-empty">{empty}</p> : <ul className="attention-list">{children}</ul>}
    </section>
  );
}

function Item({
  href,
  title,
  note,
  at,
  alert = false,
}: {
  href: string;
  title: string;
  note: string;
  at: string | null;
  alert?: boolean;
}) {
  return (
    <li>
      <Link href={href}>
        <span className="clip">
          <span className={alert ? "alert-figure w5" : "w5"}>{title}</span> <span className="t3 s12">{note}</span>
        </span>
        {at ? (
          <span className="s12 t2 nowrap">
            <RelativeTime at={at} />
          </span>
        ) : null}
      </Link>
    </li>
  );
}
