"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Undo2, UserPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { APPROVALS_KEY } from "@/components/approvals/approval-data";
import { api } from "@/components/data/api";
import { OVERVIEW_KEY } from "@/components/data/approval-count";
import { isStale, useLiveStatus } from "@/components/data/live";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useNow } from "@/components/ui/ticker";
import { useToasts } from "@/components/ui/toasts";
import type { ApprovalDetail } from "@/lib/api/approval";

const DelegateDialog = dynamic(() => import("@/components/approvals/delegate-dialog"), { ssr: false });

/** What can be done besides deciding: ask more people, and take one's own decision back. */
export function ApprovalActions({ approval, onTakenBack }: { approval: ApprovalDetail; onTakenBack: () => void }) {
  const t = useTranslations("approvals");
  const common = useTranslations("common");
  const client = useQueryClient();
  const toasts = useToasts();
  const [asked, setAsked] = useState<"delegate" | "takeBack" | null>(null);
  const live = useLiveStatus();
  const now = useNow();
  const stale = now !== null && isStale(live, now);
  const mayDelegate = approval.status === "open" && (approval.may_decide || approval.may_withdraw);
  const blocked = { disabled: stale, title: stale ? common("staleAction") : undefined };
  if (!mayDelegate && !approval.may_withdraw) return null;

  function done(word: "delegate" | "takeBack") {
    toasts.success(t(`${word}.done`));
    void client.invalidateQueries({ queryKey: APPROVALS_KEY });
    void client.invalidateQueries({ queryKey: OVERVIEW_KEY });
  }
  async function takeBack() {
    await api.post(`/api/v1/approvals/${approval.approval_id}/withdraw`, {});
    onTakenBack();
    done("takeBack");
  }
  return (
    <div className="approval-more">
      {mayDelegate ? (
        <Button icon={UserPlus} {...blocked} onClick={() => setAsked("delegate")}>
          {t("delegate.button")}
        </Button>
      ) : null}
      {approval.may_withdraw ? (
        <Button icon={Undo2} {...blocked} onClick={() => setAsked("takeBack")}>
          {t("takeBack.button")}
        </Button>
      ) : null}
      {asked === "delegate" ? (
        <DelegateDialog
          approval={approval}
          stale={stale}
          onClose={() => setAsked(null)}
          onDone={() => done("delegate")}
        />
      ) : null}
      <ConfirmDialog
        open={asked === "takeBack"}
        onClose={() => setAsked(null)}
        title={t("takeBack.title")}
        consequence={t("takeBack.consequence")}
        confirmLabel={t("takeBack.confirm")}
        keepLabel={t("takeBack.keep")}
        stale={stale}
        onConfirm={takeBack}
      />
    </div>
  );
}
