import type { useTranslations } from "next-intl";
import type { Actor } from "@/lib/job-event";

/** Who did something, in words. */
export function actorName(actor: Actor | null, t: ReturnType<typeof useTranslations<"job">>): string {
  if (!actor) return t("actor.unknown");
  const name = actor.name ?? actor.id;
  switch (actor.kind) {
    case "engine":
      return t("actor.engine");
    case "client":
      return t("actor.client", { name });
    case "worker":
      return t("actor.worker", { name });
    case "operator":
      return t("actor.operator", { name });
  }
}
