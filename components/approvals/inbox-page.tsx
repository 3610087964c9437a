"use client";
import { useQuery } from "@tanstack/react-query";
import { UserCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { fetchOverview, OVERVIEW_KEY } from "@/components/data/approval-count";
import { PageHeader } from "@/components/shell/page-header";
import { EmptyPicture } from "@/components/ui/picture";

/** The inbox with nothing chosen. */
export function InboxPage() {
  const t = useTranslations("approvals");
  const { data } = useQuery({ queryKey: OVERVIEW_KEY, queryFn: fetchOverview, select: (all) => all.approvals_due });
  return (
    <>
      <PageHeader
        title={t("title")}
        meta={data ? t("counts", { mine: data.mine, others: Math.max(0, data.open - data.mine) }) : null}
      />
      <div className="choose-one">
        <EmptyPicture icon={UserCheck} title={t("chooseOne")}>
          {t("chooseOneHint")}
        </EmptyPicture>
      </div>
    </>
  );
}
