"use client";
import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { EditWorkerTokenDialog } from "@/components/settings/edit-worker-token-dialog";
import { type Secret, workerTokensQuery } from "@/components/settings/token-data";
import { TokenMenu } from "@/components/settings/token-menu";
import { Listed, Named, TokenSource, TokenState, Words } from "@/components/settings/token-parts";
import { EmptyPicture } from "@/components/ui/picture";
import { AbsoluteTime } from "@/components/ui/relative-time";
import { ColumnHead, Table } from "@/components/ui/table";
import type { WorkerTokenRow } from "@/lib/api/worker-token";

interface PanelProps {
  /** The button of the page's head, offered again where there is nothing yet. */
  create: ReactNode;
  onSecret: (secret: Secret) => void;
}

/** Tokens of remote workers: who may use each, and for what. */
export function WorkerTokensPanel({ create, onSecret }: PanelProps) {
  const t = useTranslations("tokens");
  const { data, error, refetch } = useQuery(workerTokensQuery);
  const empty = (
    <EmptyPicture icon={Server} title={t("noWorkers")} action={create}>
      {t("noWorkersHint")}
    </EmptyPicture>
  );
  return (
    <Listed data={data} error={error} onRetry={() => void refetch()} what={t("workers")} empty={empty}>
      {(rows) => (
        <Table label={t("workers")} className="cards tokens-table">
          <thead>
            <tr>
              <ColumnHead>{t("name")}</ColumnHead>
              <ColumnHead>{t("state")}</ColumnHead>
              <ColumnHead>{t("source")}</ColumnHead>
              <ColumnHead>{t("worker")}</ColumnHead>
              <ColumnHead>{t("skills")}</ColumnHead>
              <ColumnHead>{t("created")}</ColumnHead>
              <ColumnHead hidden width={48}>
                {t("actions")}
              </ColumnHead>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Line key={row.id} row={row} onSecret={onSecret} />
            ))}
          </tbody>
        </Table>
      )}
    </Listed>
  );
}

function Line({ row, onSecret }: { row: WorkerTokenRow; onSecret: PanelProps["onSecret"] }) {
  const t = useTranslations("tokens");
  return (
    <tr data-row={row.name}>
      <td>
        <Named name={row.name} description={row.description} />
      </td>
      <td>
        <TokenState disabledAt={row.disabled_at} />
      </td>
      <td data-label={t("source")}>
        <TokenSource source={row.source} />
      </td>
      <td data-label={t("worker")}>
        {row.worker === null ? (
          <span className="t2">{t("anyWorker")}</span>
        ) : (
          <span className="mono">{row.worker}</span>
        )}
      </td>
      <td className="wide">
        <Words words={row.skills ?? []} none={t("anySkill")} />
      </td>
      <td className="t2" data-label={t("created")}>
        <AbsoluteTime at={row.created_at} />
      </td>
      <td className="row-actions">
        {row.source === "api" ? (
          <TokenMenu
            kind="workers"
            row={row}
            onSecret={onSecret}
            edit={(onClose) => <EditWorkerTokenDialog row={row} onClose={onClose} />}
          />
        ) : null}
      </td>
    </tr>
  );
}
