"use client";
import { Bird } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { ShortId } from "@/components/jobs/short-id";
import { Icon } from "@/components/ui/icon";
import type { BulkCanary, CanaryVerdict } from "@/lib/api/bulk";
import type { DisplayStatus } from "@/lib/job-status";

const LOOK: Record<CanaryVerdict, DisplayStatus> = { well: "succeeded", badly: "failed", undecided: "waiting" };
const SHOWN = 5;

/** The jobs that went first, how they ended, and what that means for the others. */
export function CanaryPanel({ canary, rest }: { canary: BulkCanary; rest: number }) {
  const t = useTranslations("bulk");
  const { verdict, wanted, job_ids: ids } = canary;
  return (
    <section
      className="note canary"
      data-s={verdict ? LOOK[verdict] : "running"}
      data-verdict={verdict ?? "open"}
      aria-label={t("canaries", { count: wanted })}
    >
      <Icon as={Bird} />
      <div className="grow">
        <p>
          <b className="w6">{t("canaries", { count: wanted })}</b>{" "}
          {t("canaryCounts", { well: canary.ended_well, badly: canary.ended_badly, open: canary.under_way })}
        </p>
        <p className="t2">{t(verdict ? `verdict.${verdict}` : "verdict.open", { rest })}</p>
        <p className="row g6 wrap-row">
          {ids.slice(0, SHOWN).map((id) => (
            <Link key={id} className="linkish" href={`/jobs/${id}`}>
              <ShortId id={id} />
            </Link>
          ))}
        </p>
      </div>
    </section>
  );
}
