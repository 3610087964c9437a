"use client";
import { useTranslations } from "next-intl";
import { curlSnippet, exampleInput } from "@/components/blueprint/api-snippet";
import { CopyButton } from "@/components/ui/copy-button";
import { useHydrated } from "@/components/ui/ticker";
import type { JsonObject } from "@/lib/json";

/** How a program starts a job of this blueprint. */
export function ApiBox({ endpoint, schema }: { endpoint: string; schema: JsonObject | null }) {
  const t = useTranslations("blueprints");
  // The address that the person sees is the one that a program reaches.
  const origin = useHydrated() ? window.location.origin : "";
  const snippet = curlSnippet({ origin, endpoint, input: exampleInput(schema) });
  return (
    <div className="codebox">
      <div className="codebox-h">
        curl
        <CopyButton value={snippet} what={t("callApi")} className="end" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section className="json-scroll" tabIndex={0} aria-label="curl">
        <pre className="json">{snippet}</pre>
      </section>
      <p className="hint codebox-foot">
        {t("tokenHint")}{" "}
        {t.rich("apiPage", {
          link: (chunks) => (
            <a className="linkish" href="/_public/docs">
              {chunks}
            </a>
          ),
        })}
      </p>
    </div>
  );
}
