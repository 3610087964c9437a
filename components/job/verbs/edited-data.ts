"use client";
import { useTranslations } from "next-intl";
import { type JsonText, objectOf, useJsonText } from "@/components/ui/json-field";
import type { JsonObject } from "@/lib/json";
import { mergePatchOf } from "@/lib/json-changes";

/** A job's data while somebody edits them: two fields, and the patch that they come to. */
export interface EditedData {
  input: JsonText & { before: JsonObject };
  history: JsonText & { before: JsonObject };
  /** Undefined when nothing is changed. */
  patch: { initial_data?: JsonObject; state_history?: JsonObject } | undefined;
  ready: boolean;
}

export function useEditedData(inputBefore: JsonObject, historyBefore: JsonObject): EditedData {
  const input = usePatched(inputBefore);
  const history = usePatched(historyBefore);
  const patch = {
    ...(input.patch ? { initial_data: input.patch } : {}),
    ...(history.patch ? { state_history: history.patch } : {}),
  };
  return {
    input,
    history,
    patch: Object.keys(patch).length > 0 ? patch : undefined,
    ready: input.problem === null && history.problem === null,
  };
}

function usePatched(before: JsonObject) {
  const t = useTranslations("verbs.data");
  const json = useJsonText(before, true);
  const after = objectOf(json);
  const { patch, nulls } = after ? mergePatchOf(before, after) : { patch: {}, nulls: [] };
  const problem = json.problem ?? (nulls.length > 0 ? t("nulls", { paths: nulls.join(", ") }) : null);
  return { ...json, problem, before, patch: Object.keys(patch).length > 0 ? patch : undefined };
}
