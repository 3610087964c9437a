"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { APPROVALS_KEY } from "@/components/approvals/approval-data";
import { decisionVerb } from "@/components/approvals/decision-words";
import { completeValues } from "@/components/approvals/form-values";
import { api } from "@/components/data/api";
import { ApiError, errorText } from "@/components/data/api-error";
import { OVERVIEW_KEY } from "@/components/data/approval-count";
import { isStale, useLiveStatus } from "@/components/data/live";
import { type FormSubmit, SchemaForm } from "@/components/form/schema-form";
import { Field } from "@/components/ui/field";
import { useNow } from "@/components/ui/ticker";
import type { ApprovalDetail, DecideAnswer, DecideBody } from "@/lib/api/approval";
import type { JsonObject } from "@/lib/json";

const MOST_BUTTONS = 4;
const MAX_COMMENT = 4_000;

export interface DecisionFormProps {
  approval: ApprovalDetail;
  onDecided: (answer: DecideAnswer) => void;
  /** It was decided, or changed, by somebody else in between; the words say so. */
  onConflict: (words: string) => void;
}

/** The form of the blueprint, a comment, and a button for each decision. */
export function DecisionForm({ approval, onDecided, onConflict }: DecisionFormProps) {
  const t = useTranslations("approvals");
  const common = useTranslations("common");
  const client = useQueryClient();
  const status = useLiveStatus();
  const nowMs = useNow();
  const [comment, setComment] = useState("");
  const [chosen, setChosen] = useState(approval.decisions[0] ?? "");
  const many = approval.decisions.length > MOST_BUTTONS;

  async function decide(values: JsonObject, submit: string) {
    const decision = many ? chosen : submit;
    const body: DecideBody = { decision, version: approval.version };
    if (comment.trim()) body.comment = comment.trim();
    const sent = completeValues(approval.form, values, decision);
    if (sent) body.values = sent;
    try {
      onDecided(await api.post<DecideAnswer>(`/api/v1/approvals/${approval.approval_id}/decide`, body));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      onConflict(error.code === "approval_changed" ? t("changed") : t("conflict", { words: errorText(error, common) }));
    } finally {
      void client.invalidateQueries({ queryKey: APPROVALS_KEY });
      void client.invalidateQueries({ queryKey: OVERVIEW_KEY });
    }
  }

  return (
    <section className="block decision" aria-labelledby="decision">
      <h3 className="sec-h" id="decision">
        {t("yourDecision")}
      </h3>
      <SchemaForm
        key={approval.approval_id}
        schema={approval.form}
        errorPrefix="values"
        submits={many ? [{ name: "decide", label: t("decide"), variant: "primary" }] : submitsOf(approval.decisions, t)}
        stale={nowMs !== null && isStale(status, nowMs)}
        onSubmit={decide}
      >
        {many ? (
          <Field label={t("decision")} required>
            {(control) => (
              <select {...control} className="input" value={chosen} onChange={(event) => setChosen(event.target.value)}>
                {approval.decisions.map((decision) => (
                  <option key={decision} value={decision}>
                    {decisionVerb(decision, t)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        <Field label={t("comment")} hint={t("commentHint")}>
          {(control) => (
            <textarea
              {...control}
              className="input"
              rows={3}
              maxLength={MAX_COMMENT}
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          )}
        </Field>
      </SchemaForm>
    </section>
  );
}

/** The refusals before the one primary button, which comes last, as a hand expects it. */
function submitsOf(decisions: readonly string[], t: ReturnType<typeof useTranslations<"approvals">>): FormSubmit[] {
  const primary = decisions.includes("approved") ? "approved" : decisions[0];
  const order = [...decisions].sort((a, b) => Number(a === primary) - Number(b === primary));
  return order.map((name) => ({
    name,
    label: decisionVerb(name, t),
    validate: name !== "rejected",
    ...(name === primary ? { variant: "primary" as const } : name === "rejected" ? { variant: "danger" as const } : {}),
  }));
}
