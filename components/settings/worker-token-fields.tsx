"use client";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { FieldProblem } from "@/components/data/api-error";
import { refusedAt } from "@/components/data/refused-at";
import { TextField } from "@/components/settings/text-field";
import type { WorkerTokenRow } from "@/lib/api/worker-token";

type Texts = { description: string; worker: string; skills: string };

/** What stands in the fields about a worker token, as it is typed. */
export interface WorkerTokenDraft extends Texts {
  set: (part: Partial<Texts>) => void;
}

/** The fields' state, beginning with what the token has. */
export function useWorkerTokenDraft(row?: WorkerTokenRow): WorkerTokenDraft {
  const [texts, setTexts] = useState<Texts>(() => ({
    description: row?.description ?? "",
    worker: row?.worker ?? "",
    skills: row?.skills?.join(", ") ?? "",
  }));
  return { ...texts, set: (part) => setTexts((before) => ({ ...before, ...part })) };
}

/** The members of the API's body; what is left empty is taken away. */
export function workerSettingsOf({ description, worker, skills }: Texts) {
  const words = skills.split(/[\s,]+/).filter((word) => word !== "");
  return {
    description: description.trim() || null,
    worker: worker.trim() || null,
    skills: words.length > 0 ? words : null,
  };
}

/** All of a worker token that can be changed. */
export function WorkerTokenFields({ draft, refused }: { draft: WorkerTokenDraft; refused: readonly FieldProblem[] }) {
  const t = useTranslations("tokens");
  return (
    <>
      <TextField
        label={t("description")}
        value={draft.description}
        onChange={(description) => draft.set({ description })}
        error={refusedAt(refused, "description")}
      />
      <TextField
        label={t("worker")}
        hint={t("workerHint")}
        value={draft.worker}
        onChange={(worker) => draft.set({ worker })}
        error={refusedAt(refused, "worker")}
      />
      <TextField
        label={t("skills")}
        hint={t("skillsHint")}
        value={draft.skills}
        onChange={(skills) => draft.set({ skills })}
        error={refusedAt(refused, "skills")}
      />
    </>
  );
}
