"use client";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Flag, GitBranch, Hand } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { decisionVerb } from "@/components/approvals/decision-words";
import { type FollowingStep, followingSteps } from "@/components/approvals/following-steps";
import { blueprintQuery } from "@/components/blueprint/blueprint-data";
import { errorText } from "@/components/data/api-error";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import { LoadingRows } from "@/components/ui/picture";
import { Segmented } from "@/components/ui/segmented";
import type { ApprovalDetail } from "@/lib/api/approval";

const NOTHING = "expired";

/** What follows each decision, before it is made. */
export function Consequence({ approval }: { approval: ApprovalDetail }) {
  const t = useTranslations("approvals");
  const common = useTranslations("common");
  const choices = [
    ...approval.decisions,
    ...(approval.transitions[NOTHING] && !approval.decisions.includes(NOTHING) ? [NOTHING] : []),
  ];
  const [chosen, setChosen] = useState(choices[0] ?? "");
  const { data, error } = useQuery(blueprintQuery(approval.blueprint_name, approval.blueprint_version));
  const label = (decision: string) => (decision === NOTHING ? t("doNothing") : decisionVerb(decision, t));
  return (
    <section className="block" aria-labelledby="consequence">
      <div className="row block-h">
        <h3 className="sec-h" id="consequence">
          {t("whatFollows")}
        </h3>
        <span className="end">
          <Segmented
            label={t("decision")}
            value={chosen}
            onChange={setChosen}
            options={choices.map((decision) => ({ value: decision, label: label(decision) }))}
          />
        </span>
      </div>
      {data ? (
        <ol className="steps" aria-live="polite">
          <Step icon={Hand} status="needs_approval" name={approval.state} text={voiceText(approval, chosen, t)} />
          {followingSteps(data.document, approval.state, chosen).map((step) => (
            <Following key={step.state} step={step} />
          ))}
        </ol>
      ) : error ? (
        <p className="hint">{errorText(error, common)}</p>
      ) : (
        <LoadingRows rows={2} what={t("whatFollows")} />
      )}
    </section>
  );
}

function Following({ step }: { step: FollowingStep }) {
  const t = useTranslations("approvals");
  if (step.outcome)
    return (
      <Step
        icon={Flag}
        status={step.outcome === "success" ? "succeeded" : "failed"}
        name={step.state}
        text={t(step.outcome === "success" ? "endsWell" : "endsFailed")}
      />
    );
  const text = step.oneOf.length > 0 ? t("then", { states: step.oneOf.join(", ") }) : textOf(step, t);
  return <Step icon={step.oneOf.length > 0 ? GitBranch : ArrowRight} name={step.state} text={text} />;
}

function Step({ icon, name, text, status }: { icon: LucideIcon; name: string; text: string; status?: string }) {
  return (
    <li data-s={status}>
      <Icon as={icon} />
      <span>
        <b>{name}</b> <span className="t2">{text}</span>
      </span>
    </li>
  );
}

type Words = ReturnType<typeof useTranslations<"approvals">>;

function textOf(step: FollowingStep, t: Words): string {
  if (step.description) return step.description;
  if (step.type === "approval") return t("asksAgain");
  return step.detail ? t("runs", { what: step.detail }) : "";
}

function voiceText(approval: ApprovalDetail, decision: string, t: Words): string {
  if (decision === NOTHING) return t("ifNobody");
  if (approval.quorum < 2) return t("atOnce");
  const given = approval.votes.filter((vote) => vote.decision === decision).length;
  const missing = approval.quorum - given - 1;
  return decision === "rejected" || missing <= 0 ? t("atOnce") : t("moreVoices", { count: missing });
}
