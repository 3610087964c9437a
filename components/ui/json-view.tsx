"use client";
import { useLocale, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { JsonTree } from "@/components/ui/json-tree";
import { formatBytes } from "@/lib/form/bytes";

export interface JsonViewProps {
  value: unknown;
  /** Names the box: "Input". */
  label: string;
  /** Levels that are open at first. */
  openLevels?: number;
  /** Pixels before it scrolls. */
  maxHeight?: number;
}

/** Above this a tree of elements would be slow: plain text is shown instead. */
const TREE_LIMIT = 256 * 1024;
/** Characters of text shown before somebody asks for all. */
const TEXT_LIMIT = 64 * 1024;

/** JSON in a box with its size and a copy button: a tree up to 256 KB, text above. */
export function JsonView({ value, label, openLevels = 2, maxHeight = 480 }: JsonViewProps) {
  const t = useTranslations("json");
  const locale = useLocale();
  const text = useMemo(() => (value === undefined ? "" : JSON.stringify(value, null, 2)), [value]);
  return (
    <section className="codebox" aria-label={label}>
      <div className="codebox-h">
        {label}
        {text ? <span className="t3">{formatBytes(text.length, locale)}</span> : null}
        {text ? <CopyButton value={text} what={label} className="end" /> : null}
      </div>
      {text === "" ? (
        <p className="hint json-scroll">{t("empty")}</p>
      ) : text.length <= TREE_LIMIT ? (
        <div className="json-scroll" style={{ maxHeight }}>
          <JsonTree value={value} label={label} openLevels={openLevels} />
        </div>
      ) : (
        <JsonText text={text} maxHeight={maxHeight} label={label} />
      )}
    </section>
  );
}

function JsonText({ text, maxHeight, label }: { text: string; maxHeight: number; label: string }) {
  const t = useTranslations("json");
  const locale = useLocale();
  const [all, setAll] = useState(false);
  const cut = !all && text.length > TEXT_LIMIT;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section className="json-scroll" style={{ maxHeight }} tabIndex={0} aria-label={label}>
        <pre className="json">{cut ? text.slice(0, TEXT_LIMIT) : text}</pre>
      </section>
      {cut ? (
        <p className="hint row g6" style={{ padding: "6px 10px" }}>
          {t("truncated", { shown: formatBytes(TEXT_LIMIT, locale), total: formatBytes(text.length, locale) })}
          <Button size="sm" onClick={() => setAll(true)}>
            {t("moreText", { size: formatBytes(text.length, locale) })}
          </Button>
        </p>
      ) : null}
    </>
  );
}
