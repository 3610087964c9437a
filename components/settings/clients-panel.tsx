"use client";
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { EditClientDialog } from "@/components/settings/edit-client-dialog";
import { clientsQuery, type Secret } from "@/components/settings/token-data";
import { TokenMenu } from "@/components/settings/token-menu";
import { Listed, Named, TokenSource, TokenState, Words } from "@/components/settings/token-parts";
import { EmptyPicture } from "@/components/ui/picture";
import { ColumnHead, Table } from "@/components/ui/table";
import type { ClientRow } from "@/lib/api/client";

interface PanelProps {
  /** The button of the page's head, offered again where there is nothing yet. */
  create: ReactNode;
  onSecret: (secret: Secret) => void;
}

/** API clients: what they may, their plan, and how much of the month they have used. */
export function ClientsPanel({ create, onSecret }: PanelProps) {
  const t = useTranslations("tokens");
  const { data, error, refetch } = useQuery(clientsQuery);
  const empty = (
    <EmptyPicture icon={KeyRound} title={t("noClients")} action={create}>
      {t("noClientsHint")}
    </EmptyPicture>
  );
  return (
    <Listed data={data} error={error} onRetry={() => void refetch()} what={t("clients")} empty={empty}>
      {(rows) => (
        <Table label={t("clients")} className="cards tokens-table">
          <thead>
            <tr>
              <ColumnHead>{t("name")}</ColumnHead>
              <ColumnHead>{t("state")}</ColumnHead>
              <ColumnHead>{t("source")}</ColumnHead>
              <ColumnHead>{t("scopes")}</ColumnHead>
              <ColumnHead>{t("plan")}</ColumnHead>
              <ColumnHead width={200}>{t("quota")}</ColumnHead>
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

function Line({ row, onSecret }: { row: ClientRow; onSecret: PanelProps["onSecret"] }) {
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
      <td className="wide">
        <Words words={row.scopes} none={t("noScopes")} />
      </td>
      <td className="t2" data-label={t("plan")}>
        {row.plan ?? "–"}
      </td>
      <td data-label={t("quota")}>
        <Quota row={row} />
      </td>
      <td className="row-actions">
        {row.source === "api" ? (
          <TokenMenu
            kind="clients"
            row={row}
            onSecret={onSecret}
            edit={(onClose) => <EditClientDialog row={row} onClose={onClose} />}
          />
        ) : null}
      </td>
    </tr>
  );
}

function Quota({ row: { monthly_attempts: most, used_this_month: used } }: { row: ClientRow }) {
  const t = useTranslations("tokens");
  const format = useFormatter();
  if (most === null) return <span className="t3">{t("unlimited")}</span>;
  const words = t("usedOf", { used: format.number(used), most: format.number(most) });
  return (
    <span className="token-quota">
      <span className="s12" data-over={used >= most || undefined}>
        {words}
      </span>
      <progress className="meter-bar wide" max={Math.max(1, most)} value={Math.min(used, most)} aria-label={words} />
    </span>
  );
}
