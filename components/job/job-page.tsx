"use client";
import "@/components/job/job-page.css";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef } from "react";
import { ApiError } from "@/components/data/api-error";
import { Inspector } from "@/components/job/inspector/inspector";
import { hasEnded, shortId, statusOf } from "@/components/job/job-facts";
import { JobHeader } from "@/components/job/job-header";
import { JobViews } from "@/components/job/job-views";
import { heldUp, reasonOf } from "@/components/job/reason";
import { ReasonBar } from "@/components/job/reason-bar";
import { type Chosen, defaultStep, findStep, nextFailure, parseStepId } from "@/components/job/selection";
import { useExplain, useFreshExplain } from "@/components/job/use-explain";
import { useJobDetail, useJobGraph, useJobHistory } from "@/components/job/use-job";
import { useSelection } from "@/components/job/use-selection";
import { JobVerbProvider } from "@/components/job/verbs/verb-context";
import { useShortcut } from "@/components/shell/shortcuts";
import { announce } from "@/components/ui/announcer";
import { ButtonLink } from "@/components/ui/button";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import type { JobDetail } from "@/lib/api/job";
import type { DisplayStatus } from "@/lib/job-status";
import { type JobView, type StepView, stepIdOf } from "@/lib/job-view";

/** One job, live: header, reason, four views over one selection, and the inspector beside them. */
export function JobPage({ id }: { id: string }) {
  const t = useTranslations("job");
  const detail = useJobDetail(id);
  if (detail.data) return <Job detail={detail.data} />;
  if (!detail.error) return <LoadingRows what={t("loading")} />;
  const missing = detail.error instanceof ApiError && (detail.error.status === 404 || detail.error.status === 400);
  return (
    <div className="job-missing">
      <h1 className="vh">{t("title")}</h1>
      {missing ? (
        <EmptyPicture title={t("notFoundTitle")} action={<ButtonLink href="/jobs">{t("notFoundAction")}</ButtonLink>}>
          {t("notFoundBody")}
        </EmptyPicture>
      ) : (
        <FailedPicture error={detail.error} onRetry={() => void detail.refetch()} />
      )}
    </div>
  );
}

function Job({ detail }: { detail: JobDetail }) {
  const { job_id: id } = detail;
  const history = useJobHistory(id);
  const graph = useJobGraph(id, detail.blueprint_hash);
  const selection = useSelection();
  const { view } = history;
  const status = statusOf(detail, view);
  const explained = useExplain(id, view.steps.at(-1)?.state ?? detail.state, !hasEnded(status));
  useFreshExplain(id, view.version);
  const reason = useMemo(() => heldUp(explained) ?? reasonOf(detail, view, status), [detail, view, status, explained]);
  const chosen = useChosen(view, selection.step);
  useTitle(status, id);
  useAnnouncedEnd(status);
  useJobShortcuts(selection, view, chosen.step);

  return (
    <JobVerbProvider detail={detail} history={history} status={status}>
      <div className="job-page" data-status={status} data-version={view.version}>
        <JobHeader detail={detail} view={view} status={status} />
        {reason ? (
          <ReasonBar
            explained={explained}
            reason={reason}
            status={status}
            shown={chosen.id}
            onShowStep={(step) => selection.select(step)}
          />
        ) : null}
        <div className="split">
          <JobViews
            detail={detail}
            status={status}
            history={history}
            graph={graph}
            selection={selection}
            chosen={chosen}
          />
          <Inspector
            detail={detail}
            status={status}
            history={history}
            graph={graph.data}
            selection={selection}
            chosen={chosen}
          />
        </div>
      </div>
    </JobVerbProvider>
  );
}

function useChosen(view: JobView, asked: string | null): Chosen {
  const step = useMemo(() => {
    if (asked === "") return null;
    return asked === null ? defaultStep(view) : findStep(view, asked);
  }, [view, asked]);
  if (step) return { id: stepIdOf(step), step, state: step.state };
  return { id: null, step: null, state: asked ? parseStepId(asked).state : null };
}

function useTitle(status: DisplayStatus, id: string) {
  const t = useTranslations("job");
  const words = useTranslations("status");
  const title = `${t("documentTitle", { status: words(status), id: shortId(id) })} · Batuta`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Says only that the job has ended, and only when that happens before the person's eyes. */
function useAnnouncedEnd(status: DisplayStatus) {
  const t = useTranslations("job");
  const words = useTranslations("status");
  const before = useRef(status);
  useEffect(() => {
    const ended = hasEnded(status) || status === "quarantined";
    if (ended && before.current !== status) announce(t("announceEnded", { status: words(status) }));
    before.current = status;
  }, [status, t, words]);
}

function useJobShortcuts(selection: ReturnType<typeof useSelection>, view: JobView, step: StepView | null) {
  const t = useTranslations("job.shortcut");
  const page = "page" as const;
  useShortcut({ keys: "1", label: t("graph"), group: page, run: () => selection.show("graph") });
  useShortcut({ keys: "2", label: t("timeline"), group: page, run: () => selection.show("timeline") });
  useShortcut({ keys: "3", label: t("steps"), group: page, run: () => selection.show("steps") });
  useShortcut({ keys: "4", label: t("events"), group: page, run: () => selection.show("events") });
  useShortcut({ keys: "Escape", label: t("clear"), group: page, run: () => selection.select("") });
  useShortcut({
    keys: "n",
    label: t("nextFailure"),
    group: page,
    run: () => {
      const next = nextFailure(view, step);
      if (next) selection.select(next);
    },
  });
}
