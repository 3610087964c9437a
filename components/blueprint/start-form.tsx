"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useMemo, useRef } from "react";
import { api } from "@/components/data/api";
import { ApiError } from "@/components/data/api-error";
import { useMay } from "@/components/data/operator";
import { SchemaForm } from "@/components/form/schema-form";
import { useToasts } from "@/components/ui/toasts";
import type { BlueprintDetail } from "@/lib/api/blueprint";
import type { StartJobAnswer } from "@/lib/api/start-job";
import { isJsonObject, type JsonObject } from "@/lib/json";

const WHOLE_INPUT = "input";

/** Starts a job of the current version: the form is made from the blueprint's input schema. */
export function StartForm({ blueprint }: { blueprint: BlueprintDetail }) {
  const t = useTranslations("blueprints");
  const may = useMay("jobs:start");
  const router = useRouter();
  const client = useQueryClient();
  const toasts = useToasts();
  const box = useRef<HTMLElement>(null);
  const sent = useRef<{ body: string; key: string } | null>(null);
  const { input_schema: schema, api_endpoint: endpoint } = blueprint;
  // Without a schema any input is taken: then the whole of it is one field of JSON.
  const freeForm = useMemo<JsonObject>(
    () => ({ type: "object", properties: { [WHOLE_INPUT]: { type: "object", title: t("inputJson"), default: {} } } }),
    [t],
  );

  // The address `#start` comes from a page where "Start" was chosen: go on with the first field.
  useEffect(() => {
    if (window.location.hash !== "#start") return;
    box.current?.scrollIntoView({ block: "start" });
    box.current?.querySelector<HTMLElement>("input, select, textarea, button")?.focus({ preventScroll: true });
  }, []);

  async function start(value: JsonObject) {
    const whole = value[WHOLE_INPUT];
    const input = schema ? value : isJsonObject(whole) ? whole : {};
    const body = JSON.stringify(input);
    // The same input sent again after a lost answer must not start a second job.
    if (sent.current?.body !== body) sent.current = { body, key: crypto.randomUUID() };
    try {
      const answer = await api.post<StartJobAnswer>(
        endpoint,
        { initial_data: input },
        { headers: { "idempotency-key": sent.current.key } },
      );
      sent.current = null;
      void client.invalidateQueries({ queryKey: ["jobs"] });
      toasts.success(t("started"));
      router.push(`/jobs/${answer.job_id}`);
    } catch (error) {
      // A refused input starts nothing, and its key is bound to it: the corrected one gets a key of its own.
      if (error instanceof ApiError && error.status !== 0) sent.current = null;
      throw error;
    }
  }

  return (
    <section className="start-form" id="start" ref={box} aria-labelledby="start-title">
      <h2 className="sec-h" id="start-title">
        {t("startTitle")} <span className="s12 t3">{t("startBy", { version: blueprint.version })}</span>
      </h2>
      {may ? (
        <SchemaForm
          key={blueprint.hash}
          schema={schema ?? freeForm}
          errorPrefix="initial_data"
          submits={[{ name: "start", label: t("start"), variant: "primary", icon: Play }]}
          onSubmit={start}
        />
      ) : (
        <p className="hint">{t("mayNotStart")}</p>
      )}
    </section>
  );
}
