"use client";
import { useTranslations } from "next-intl";
import type { ReportFragment, ReportHit } from "@/lib/api/report";

/** A place where the words were found: file and page, and the text around them with the words marked. */
export function Hit({ hit }: { hit: ReportHit }) {
  const t = useTranslations("reports");
  return (
    <>
      <p className="s12 t3 row g6">
        <span className="clip">{hit.file}</span>
        <span className="nowrap">{t("page", { page: hit.page })}</span>
      </p>
      <p className="passage" lang={hit.language || undefined}>
        {hit.passages.map((fragments, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: passages have no identity but their place
          <span key={index}>
            {index > 0 ? " … " : null}
            <Fragments fragments={fragments} />
          </span>
        ))}
      </p>
    </>
  );
}

function Fragments({ fragments }: { fragments: readonly ReportFragment[] }) {
  return fragments.map(({ text, hit }, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: fragments have no identity but their place
    hit ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
  );
}
