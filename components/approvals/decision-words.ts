import type { useTranslations } from "next-intl";

type Words = ReturnType<typeof useTranslations<"approvals">>;

/** The button of a decision: "Approve" for `approved`; words of a blueprint's own as they are, made readable. */
export function decisionVerb(decision: string, t: Words): string {
  switch (decision) {
    case "approved":
      return t("approve");
    case "rejected":
      return t("reject");
    default:
      return readable(decision);
  }
}

/** What was decided: "approved". */
export function decisionWord(decision: string, t: Words): string {
  switch (decision) {
    case "approved":
      return t("approved");
    case "rejected":
      return t("rejected");
    case "expired":
      return t("expired");
    default:
      return readable(decision);
  }
}

/** The status whose colour and icon a decision wears. */
export function decisionStatus(decision: string | null): "succeeded" | "failed" | "waiting" {
  if (decision === "approved") return "succeeded";
  return decision === "rejected" || decision === "expired" ? "failed" : "waiting";
}

/** `send_back` becomes "Send back". */
export function readable(word: string): string {
  const words = word.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
