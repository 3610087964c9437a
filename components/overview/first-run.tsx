"use client";
import { useQuery } from "@tanstack/react-query";
import { ArrowRight, CircleCheck, CircleDashed, CircleX, Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { ApiBox } from "@/components/blueprint/api-box";
import { BLUEPRINTS_KEY, fetchBlueprints } from "@/components/blueprint/blueprint-data";
import { api } from "@/components/data/api";
import { errorText } from "@/components/data/api-error";
import { useMay } from "@/components/data/operator";
import { SAMPLES, sampleSchema } from "@/components/overview/samples";
import { Button, ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { LoadingRows } from "@/components/ui/picture";
import type { BlueprintRow } from "@/lib/api/blueprint";
import type { Overview } from "@/lib/api/overview";
import type { StartJobAnswer } from "@/lib/api/start-job";
import type { ReadyAnswer } from "@/lib/api/system";

/** Before the first job: a sample that runs at the press of a button, the same by API, and whether all is in place. */
export default function FirstRun({ overview }: { overview: Overview }) {
  const t = useTranslations("overview");
  const { data } = useQuery({ queryKey: BLUEPRINTS_KEY, queryFn: fetchBlueprints });
  const [chosen, setChosen] = useState<string>();
  if (!data) return <LoadingRows rows={4} what={t("title")} />;
  const samples = SAMPLES.flatMap(({ name }) => data.find((row) => row.name === name) ?? []);
  const offered = samples.length > 0 ? samples : data.slice(0, 3);
  const selected = offered.find((row) => row.name === chosen) ?? offered[0];
  return (
    <div className="first-run">
      <h2 className="first-title">{t("firstTitle")}</h2>
      <p className="t2">{offered.length > 0 ? t("firstHint") : t("firstNoBlueprints")}</p>
      <fieldset className="samples" aria-label={t("firstTitle")}>
        {offered.map((row) => (
          <label key={row.name} className="sample">
            <input
              type="radio"
              className="radio"
              name="sample"
              checked={row.name === selected?.name}
              onChange={() => setChosen(row.name)}
            />
            <span>
              <b className="mono">{row.name}</b>
              <span className="s12 t2">{row.description}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Checks overview={overview} />
      {selected ? <Run key={selected.name} row={selected} /> : null}
      {selected ? (
        <section aria-labelledby="first-api">
          <h2 className="sec-h" id="first-api">
            {t("orApi")}
          </h2>
          <ApiBox endpoint={selected.api_endpoint} schema={sampleSchema(selected.name)} />
        </section>
      ) : null}
    </div>
  );
}

function Run({ row }: { row: BlueprintRow }) {
  const t = useTranslations("overview");
  const common = useTranslations("common");
  const router = useRouter();
  const may = useMay("jobs:start");
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const input = SAMPLES.find((sample) => sample.name === row.name)?.input;
  const page = `/blueprints/${encodeURIComponent(row.name)}#start`;

  async function run() {
    setPending(true);
    setProblem(undefined);
    try {
      const { job_id: id } = await api.post<StartJobAnswer>(row.api_endpoint, { initial_data: input ?? {} });
      router.push(`/jobs/${id}`);
    } catch (error) {
      setProblem(errorText(error, common));
      setPending(false);
    }
  }

  if (!may) return <p className="hint">{t("mayNotStart")}</p>;
  return (
    <div className="row wrap-row">
      {input ? (
        <Button variant="primary" size="lg" icon={Play} pending={pending} onClick={() => void run()}>
          {pending ? common("working") : t("run", { name: row.name })}
        </Button>
      ) : (
        <ButtonLink variant="primary" size="lg" trailingIcon={ArrowRight} href={page}>
          {t("chooseInput", { name: row.name })}
        </ButtonLink>
      )}
      {input ? (
        <ButtonLink size="lg" href={page}>
          {t("ownInput")}
        </ButtonLink>
      ) : null}
      {problem ? (
        <p className="err" role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

function Checks({ overview }: { overview: Overview }) {
  const t = useTranslations("overview");
  const { data } = useQuery({
    queryKey: ["ready"],
    queryFn: ({ signal }) => api.get<ReadyAnswer>("/readyz", { signal }),
    retry: false,
  });
  const { online, slots } = overview.workers;
  return (
    <ul className="checks panel">
      {Object.entries(data?.checks ?? {}).map(([part, state]) => (
        <Check key={part} ok={data?.ready || state === "ok"} name={part} text={state === "ok" ? t("checkOk") : state} />
      ))}
      <Check
        ok={online > 0}
        waiting={online === 0}
        name={t("workers")}
        text={online > 0 ? t("checkWorkers", { count: online, slots }) : t("noWorkers")}
      />
      {data?.degraded.map((words) => (
        <Check key={words} ok={false} waiting name={t("degraded")} text={words} />
      ))}
    </ul>
  );
}

function Check({ ok, waiting = false, name, text }: { ok: boolean; waiting?: boolean; name: string; text: string }) {
  return (
    <li data-s={ok ? "succeeded" : waiting ? "queued" : "failed"}>
      <Icon as={ok ? CircleCheck : waiting ? CircleDashed : CircleX} />
      <b className="w5">{name}</b>
      <span className="t2 anywhere">{text}</span>
    </li>
  );
}
