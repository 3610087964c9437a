"use client";
import { clsx } from "clsx";
import { ShieldAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useShortcut } from "@/components/shell/shortcuts";
import { Icon } from "@/components/ui/icon";
import { RelativeTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { QuarantineCluster } from "@/lib/api/quarantine";

export interface ClusterTableProps {
  clusters: readonly QuarantineCluster[];
  chosen: string;
  onChoose: (fingerprint: string) => void;
}

/** One line per cause, the largest first; `j` and `k` go through them. */
export function ClusterTable({ clusters, chosen, onChoose }: ClusterTableProps) {
  const t = useTranslations("quarantine");
  const body = useRef<HTMLTableSectionElement>(null);
  function move(by: 1 | -1) {
    const at = clusters.findIndex(({ fingerprint }) => fingerprint === chosen);
    const next = clusters[Math.min(Math.max(at + by, 0), clusters.length - 1)];
    if (!next) return;
    onChoose(next.fingerprint);
    body.current?.querySelector<HTMLElement>(`[data-cluster="${next.fingerprint}"] button`)?.focus();
  }
  useShortcut({ keys: "j", label: t("nextCluster"), group: "page", run: () => move(1) });
  useShortcut({ keys: "k", label: t("previousCluster"), group: "page", run: () => move(-1) });
  return (
    <div className="clusters">
      <Table label={t("clusters")} className="cards">
        <thead>
          <tr>
            <ColumnHead>{t("failure")}</ColumnHead>
            <ColumnHead numeric width={80}>
              {t("jobs")}
            </ColumnHead>
            <ColumnHead numeric width={120}>
              {t("first")}
            </ColumnHead>
            <ColumnHead numeric width={120}>
              {t("last")}
            </ColumnHead>
          </tr>
        </thead>
        <tbody ref={body}>
          {clusters.map((cluster) => (
            <Line
              key={cluster.fingerprint}
              cluster={cluster}
              chosen={cluster.fingerprint === chosen}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </Table>
    </div>
  );
}

interface LineProps {
  cluster: QuarantineCluster;
  chosen: boolean;
  onChoose: (fingerprint: string) => void;
}

function Line({ cluster, chosen, onChoose }: LineProps) {
  const t = useTranslations("quarantine");
  const { fingerprint, blueprint, state, code, example } = cluster;
  return (
    <tr className={clsx(chosen && "is-selected")} data-cluster={fingerprint}>
      <td className="cluster-what wide">
        <span className="status" data-s="quarantined">
          <Icon as={ShieldAlert} />
        </span>
        <span className="grow">
          <button type="button" className="row-button clip" aria-pressed={chosen} onClick={() => onChoose(fingerprint)}>
            {example}
          </button>
          <span className="s12 t3 clip">
            <span className="mono">{code}</span> · {blueprint} · {state}
          </span>
        </span>
      </td>
      <td className="num" data-label={t("jobs")}>
        <b className="w6">{cluster.count}</b>
      </td>
      <td className="num t2" data-label={t("first")}>
        <RelativeTime at={cluster.first_at} />
      </td>
      <td className="num t2" data-label={t("last")}>
        <RelativeTime at={cluster.last_at} />
      </td>
    </tr>
  );
}
