"use client";
import { useQuery } from "@tanstack/react-query";
import { Code, List, TriangleAlert, Upload } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { ApiBox } from "@/components/blueprint/api-box";
import { blueprintQuery } from "@/components/blueprint/blueprint-data";
import { GraphPanel } from "@/components/blueprint/graph-panel";
import { StartForm } from "@/components/blueprint/start-form";
import { VersionsTable } from "@/components/blueprint/versions-table";
import { ApiError } from "@/components/data/api-error";
import { PageHeader } from "@/components/shell/page-header";
import { usePageTitle } from "@/components/shell/page-title";
import { useSearchState } from "@/components/shell/search-state";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { JsonView } from "@/components/ui/json-view";
import { EmptyPicture, FailedPicture, LoadingRows } from "@/components/ui/picture";
import type { BlueprintDetail } from "@/lib/api/blueprint";

/** One blueprint: drawn before any run, its versions, and how a job of it is started, by a person or a program. */
export function BlueprintPage({ name }: { name: string }) {
  const t = useTranslations("blueprints");
  const [parameters] = useSearchState();
  const wanted = versionOf(parameters.get("version"));
  const current = useQuery(blueprintQuery(name, null));
  const shown = useQuery(blueprintQuery(name, wanted));
  usePageTitle(`${name} · ${t("title")}`);
  const error = shown.error ?? current.error;
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <>
      <PageHeader
        title={<span className="anywhere">{name}</span>}
        crumbs={[{ href: "/blueprints", label: t("title") }]}
        live={false}
        meta={shown.data ? <Meta blueprint={shown.data} /> : null}
        actions={
          <ButtonLink href={`/jobs?blueprint=${encodeURIComponent(name)}`} icon={List}>
            {t("showJobs")}
          </ButtonLink>
        }
      />
      {shown.data && current.data ? (
        <Content shown={shown.data} current={current.data} />
      ) : missing ? (
        <EmptyPicture title={t("missing")}>{t("missingHint")}</EmptyPicture>
      ) : error ? (
        <FailedPicture error={error} onRetry={() => void Promise.all([shown.refetch(), current.refetch()])} />
      ) : (
        <LoadingRows rows={8} what={name} />
      )}
    </>
  );
}

function Meta({ blueprint }: { blueprint: BlueprintDetail }) {
  const t = useTranslations("blueprints");
  return (
    <span className="row g6">
      <span className="chip">v{blueprint.version}</span>
      <Icon as={blueprint.origin === "code" ? Code : Upload} size={14} />
      {t(blueprint.origin === "code" ? "inCode" : "uploaded")}, {t("stateCount", { count: statesOf(blueprint) })}
    </span>
  );
}

function Content({ shown, current }: { shown: BlueprintDetail; current: BlueprintDetail }) {
  const t = useTranslations("blueprints");
  const link = (chunks: ReactNode) => (
    <Link className="linkish" href={`/blueprints/${encodeURIComponent(current.name)}`}>
      {chunks}
    </Link>
  );
  return (
    <>
      {shown.version !== current.version ? (
        <p className="banner" data-s="retrying">
          <Icon as={TriangleAlert} size={14} />
          <span>{t.rich("oldVersion", { shown: shown.version, current: current.version, link })}</span>
        </p>
      ) : null}
      <div className="blueprint-columns">
        <div className="graph-column">
          {shown.document.description ? <p className="lead-text">{shown.document.description}</p> : null}
          <GraphPanel name={shown.name} version={shown.version} document={shown.document} />
        </div>
        <div className="column">
          <StartForm blueprint={current} />
          <VersionsTable name={shown.name} shown={shown.version} />
          <section className="block" aria-labelledby="api">
            <h2 className="sec-h" id="api">
              {t("callApi")}
            </h2>
            <ApiBox endpoint={current.api_endpoint} schema={current.input_schema} />
          </section>
          <section className="block" aria-labelledby="document">
            <h2 className="sec-h" id="document">
              {t("document")}
            </h2>
            <JsonView label={`${shown.name} v${shown.version}`} value={shown.document} openLevels={2} />
          </section>
        </div>
      </div>
    </>
  );
}

/** Of the shown version: the figure in the row belongs to the current one. */
function statesOf(blueprint: BlueprintDetail): number {
  return Object.keys(blueprint.document.states).length;
}

function versionOf(text: string | null): number | null {
  const version = Number(text);
  return text !== null && Number.isInteger(version) && version > 0 ? version : null;
}
