"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { BLUEPRINTS_KEY, fetchBlueprints } from "@/components/blueprint/blueprint-data";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import { EmptyPicture, FailedPicture, FilteredPicture, LoadingRows } from "@/components/ui/picture";
import type { BlueprintRow } from "@/lib/api/blueprint";

/** Asks which blueprint to start and leads to its start form. */
export default function ChooseBlueprint({ onClose }: { onClose: () => void }) {
  const t = useTranslations("jobs");
  const [text, setText] = useState("");
  const { data, error, refetch } = useQuery({ queryKey: BLUEPRINTS_KEY, queryFn: fetchBlueprints });
  const found = data?.filter((row) => matches(row, text));
  return (
    <Dialog open onClose={onClose} title={t("chooseBlueprint")} width={560}>
      <input
        type="search"
        className="input"
        data-autofocus
        aria-label={t("findBlueprint")}
        placeholder={t("findBlueprint")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {error && !data ? <FailedPicture error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <LoadingRows rows={3} what={t("chooseBlueprint")} /> : null}
      {data?.length === 0 ? <EmptyPicture title={t("noBlueprints")}>{t("noBlueprintsHint")}</EmptyPicture> : null}
      {data?.length && found?.length === 0 ? <FilteredPicture title={t("noBlueprintMatches")} /> : null}
      <ul className="choose-list">
        {found?.map((row) => (
          <li key={row.name}>
            <Link href={`/blueprints/${encodeURIComponent(row.name)}#start`} onClick={onClose}>
              <span className="grow">
                <b className="mono">{row.name}</b>
                {row.description ? <span className="t2 s12">{row.description}</span> : null}
              </span>
              <Icon as={ChevronRight} size={14} />
            </Link>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function matches(row: BlueprintRow, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return wanted === "" || `${row.name} ${row.description ?? ""}`.toLowerCase().includes(wanted);
}
