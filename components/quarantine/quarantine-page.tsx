"use client";
import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { BLUEPRINTS_KEY, fetchBlueprints } from "@/components/blueprint/blueprint-data";
import { useFreshQueries } from "@/components/data/fresh-queries";
import { CLUSTERS_KEY, clustersQuery } from "@/components/quarantine/cluster-data";
import { ClusterPanel } from "@/components/quarantine/cluster-panel";
import { ClusterTable } from "@/components/quarantine/cluster-table";
import { PageHeader } from "@/components/shell/page-header";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import type { QuarantineCluster } from "@/lib/api/quarantine";

/** Jobs that stand in quarantine, by cause; a cause is opened, its data put right, and its jobs requeued. */
export function QuarantinePage() {
  const t = useTranslations("quarantine");
  const [parameters, setParameters] = useSearchState();
  const blueprint = parameters.get("blueprint") || null;
  const wanted = parameters.get("cluster");
  const { data: clusters, error, refetch } = useQuery(clustersQuery(blueprint));
  useFreshQueries(CLUSTERS_KEY);
  const chosen = clusters?.find(({ fingerprint }) => fingerprint === wanted) ?? clusters?.[0];
  const jobs = clusters?.reduce((sum, { count }) => sum + count, 0) ?? 0;

  function put(name: "blueprint" | "cluster", value: string | null, how: "push" | "replace") {
    const next = new URLSearchParams(parameters);
    if (value === null) next.delete(name);
    else next.set(name, value);
    if (name === "blueprint") next.delete("cluster");
    setParameters(next, how);
  }

  return (
    <div className="quarantine">
      <PageHeader
        title={t("title")}
        meta={clusters?.length ? t("counts", { jobs, clusters: clusters.length }) : null}
        actions={<BlueprintFilter value={blueprint} onChange={(name) => put("blueprint", name, "push")} />}
      />
      {clusters && chosen ? (
        <>
          <ClusterTable
            clusters={clusters}
            chosen={chosen.fingerprint}
            onChoose={(fingerprint) => put("cluster", fingerprint, "replace")}
          />
          <ClusterPanel key={chosen.fingerprint} cluster={chosen} />
        </>
      ) : (
        <Instead
          clusters={clusters}
          error={error}
          blueprint={blueprint}
          onAll={() => put("blueprint", null, "push")}
          onRetry={() => void refetch()}
        />
      )}
    </div>
  );
}

interface InsteadProps {
  clusters: readonly QuarantineCluster[] | undefined;
  error: unknown;
  blueprint: string | null;
  onAll: () => void;
  onRetry: () => void;
}

/** What is shown when there is no cluster: not yet, not at all, not of this blueprint, or not to be had. */
function Instead({ clusters, error, blueprint, onAll, onRetry }: InsteadProps) {
  const t = useTranslations("quarantine");
  if (!clusters) return error ? <FailedPicture error={error} onRetry={onRetry} /> : <LoadingRows what={t("title")} />;
  if (blueprint === null)
    return (
      <EmptyPicture icon={ShieldCheck} title={t("empty")}>
        {t("emptyHint")}
      </EmptyPicture>
    );
  return <FilteredPicture title={t("filtered", { blueprint })} action={<Button onClick={onAll}>{t("all")}</Button>} />;
}

function BlueprintFilter({ value, onChange }: { value: string | null; onChange: (name: string | null) => void }) {
  const t = useTranslations("jobs");
  const { data } = useQuery({ queryKey: BLUEPRINTS_KEY, queryFn: fetchBlueprints });
  const names = new Set([...(data ?? []).map(({ name }) => name), ...(value ? [value] : [])]);
  return (
    <select
      className="input filter-select"
      aria-label={t("blueprint")}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
    >
      <option value="">{t("anyBlueprint")}</option>
      {[...names].sort().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
