"use client";
import { useTranslations } from "next-intl";
import { TaskWishes } from "@/components/blueprint/task-wishes";
import { ColumnHead, Table } from "@/components/ui/table";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { edgesOf } from "@/lib/blueprint/edges";
import { blueprintGraph } from "@/lib/blueprint/graph";

/** The graph as a table: every state, what it does, and where it leads. */
export function StateList({ document }: { document: BlueprintDocument }) {
  const t = useTranslations("blueprints");
  return (
    <Table label={t("states")} className="cards">
      <thead>
        <tr>
          <ColumnHead>{t("state")}</ColumnHead>
          <ColumnHead>{t("type")}</ColumnHead>
          <ColumnHead>{t("does")}</ColumnHead>
          <ColumnHead>{t("leadsTo")}</ColumnHead>
        </tr>
      </thead>
      <tbody>
        {blueprintGraph(document).nodes.map((node) => {
          const state = document.states[node.id];
          return (
            <tr key={node.id}>
              <td>
                <b className="mono w5">{node.id}</b>{" "}
                {node.start ? <span className="chip">{t("startState")}</span> : null}
              </td>
              <td className="t2" data-label={t("type")}>
                {t(`type_${node.type}`)}
              </td>
              <td className="wrap t2">
                {node.description ?? node.detail ?? ""}
                <TaskWishes state={state} />
              </td>
              <td className="wrap">
                {state
                  ? edgesOf(state).map((edge) => (
                      <span key={edge.key} className="edge-line">
                        {edge.label ? <span className="t3">{edge.label} → </span> : null}
                        <span className="mono">{edge.to}</span>
                      </span>
                    ))
                  : null}
              </td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
