"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { ApprovalActions } from "@/components/approvals/approval-actions";
import { APPROVALS_KEY, approvalQuery } from "@/components/approvals/approval-data";
import { Consequence } from "@/components/approvals/consequence";
import { DeadlinePanel } from "@/components/approvals/deadline-panel";
import { DecisionForm } from "@/components/approvals/decision-form";
import { HistoryPanel } from "@/components/approvals/history-panel";
import { Outcome } from "@/components/approvals/outcome";
import { SoFar } from "@/components/approvals/so-far";
import { useApprovalHistory } from "@/components/approvals/use-approval-history";
import { VoicesPanel } from "@/components/approvals/voices-panel";
import { blueprintQuery } from "@/components/blueprint/blueprint-data";
import { ApiError } from "@/components/data/api-error";
import { useLiveJob } from "@/components/data/live";
import { useOnce } from "@/components/data/once";
import { readAgain } from "@/components/data/read-again";
import { shortId } from "@/components/jobs/short-id";
import { PageHeader } from "@/components/shell/page-header";
import { usePageTitle } from "@/components/shell/page-title";
import { Status } from "@/components/status/status";
import { Icon } from "@/components/ui/icon";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ApprovalDetail, DecideAnswer } from "@/lib/api/approval";

/** One approval: what is asked and why, what follows, and the decision. `id` is `<job>.<number>`. */
export function ApprovalPage({ id }: { id: string }) {
  const t = useTranslations("approvals");
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(approvalQuery(id));
  const again = () => readAgain(client, [...APPROVALS_KEY, "one", id]);
  useLiveJob(id.split(".")[0] ?? null, again, { onResync: again });
  usePageTitle(data ? `${data.message || data.state} · ${t("title")}` : null);
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <div className="approval">
      <PageHeader
        title={t("one")}
        meta={data ? <span className="mono">{data.state}</span> : null}
        crumbs={[{ href: "/approvals", label: t("title") }]}
      />
      {data ? <Whole key={id} approval={data} /> : null}
      {!data && !error ? <LoadingRows rows={6} what={t("one")} /> : null}
      {!data && missing ? <EmptyPicture title={t("missing")}>{t("missingHint")}</EmptyPicture> : null}
      {!data && error && !missing ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
    </div>
  );
}

/** Shows all of it at once: what came later would push the buttons from under a hand that is about to press one. */
function Whole({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const follows = useQuery(blueprintQuery(approval.blueprint_name, approval.blueprint_version));
  const history = useApprovalHistory(approval.job_id, approval.no);
  const whole = useOnce(!follows.isPending && !history.isPending);
  return whole ? <Content approval={approval} /> : <LoadingRows rows={6} what={t("one")} />;
}

function Content({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const [answer, setAnswer] = useState<DecideAnswer | null>(null);
  const [conflict, setConflict] = useState<string | null>(null);
  return (
    <div className="approval-body">
      <div className="approval-main">
        <Head approval={approval} />
        {conflict ? (
          <p className="note" data-s="failed" role="alert">
            <Icon as={CircleAlert} />
            <span>{conflict}</span>
          </p>
        ) : null}
        {answer || approval.status !== "open" ? <Outcome approval={approval} answer={answer} /> : null}
        <SoFar approval={approval} />
        {approval.status === "open" && answer?.status !== "decided" ? <Consequence approval={approval} /> : null}
        {approval.may_decide && !answer ? (
          <DecisionForm approval={approval} onDecided={setAnswer} onConflict={setConflict} />
        ) : null}
        {approval.status === "open" && !approval.may_decide && approval.why_not && !answer ? (
          <p className="note">
            <Icon as={CircleAlert} />
            <span>{t(`whyLong_${approval.why_not}`)}</span>
          </p>
        ) : null}
      </div>
      <aside className="approval-side" aria-label={t("aside")}>
        <VoicesPanel approval={approval} />
        <ApprovalActions approval={approval} onTakenBack={() => setAnswer(null)} />
        <DeadlinePanel approval={approval} />
        <HistoryPanel approval={approval} />
      </aside>
    </div>
  );
}

function Head({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const starter = approval.starter?.name ?? approval.starter?.id ?? approval.client_name;
  return (
    <div className="approval-head">
      <p className="row g6 t2 wrap-row">
        {approval.status === "open" ? <Status status="needs_approval" pill /> : null}
        <Link className="linkish" href={`/blueprints/${encodeURIComponent(approval.blueprint_name)}`}>
          {approval.blueprint_name}
        </Link>
        <span>v{approval.blueprint_version}</span>
        <span aria-hidden="true">·</span>
        <Link className="linkish mono" href={`/jobs/${approval.job_id}`} title={approval.job_id}>
          {t("job", { job: shortId(approval.job_id) })}
        </Link>
        <span aria-hidden="true">·</span>
        <span>
          {t("startedBy", { name: starter })} <RelativeTime at={approval.job_created_at} />
        </span>
      </p>
      <h2 className="approval-message">{approval.message || approval.state}</h2>
      {Object.keys(approval.labels).length > 0 ? (
        <p className="row g6 wrap-row">
          {Object.entries(approval.labels).map(([key, value]) => (
            <span key={key} className="chip soft">
              <span className="t3">{key}</span> <span className="clip">{value}</span>
            </span>
          ))}
        </p>
      ) : null}
    </div>
  );
}
