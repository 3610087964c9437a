"use client";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useId, useState } from "react";
import { useMay } from "@/components/data/operator";
import { CopyButton } from "@/components/ui/copy-button";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { useHydrated } from "@/components/ui/ticker";
import {
  CONNECT_LABELS,
  CONNECT_SKILLS,
  CONNECT_WAYS,
  type ConnectWay,
  connectCommand,
} from "@/components/workers/connect-snippets";

/** How a worker is connected, in three languages; the commands are ready to be pasted but for the token. */
export function ConnectWorker() {
  const t = useTranslations("workers");
  const idBase = useId();
  const mayManage = useMay("admin");
  const [way, setWay] = useState<ConnectWay>("typescript");
  // The address that the person sees is the one that a worker reaches.
  const origin = useHydrated() ? window.location.origin : "";
  const command = connectCommand(way, origin);
  const tags = {
    code: (chunks: ReactNode) => <code className="mono">{chunks}</code>,
    tokens: (chunks: ReactNode) => (
      <Link className="linkish" href="/settings/tokens?tab=workers">
        {chunks}
      </Link>
    ),
    docs: (chunks: ReactNode) => (
      <a className="linkish" href="/_public/docs">
        {chunks}
      </a>
    ),
  };
  return (
    <div className="connect">
      <Tabs
        label={t("connect")}
        idBase={idBase}
        items={CONNECT_WAYS.map((id) => ({ id, label: CONNECT_LABELS[id] }))}
        value={way}
        onChange={setWay}
      />
      <TabPanel idBase={idBase} id={way} className="connect-way">
        <p className="t2">{t.rich("connectDoes", { ...tags, skill: CONNECT_SKILLS[way] })}</p>
        <div className="codebox">
          <div className="codebox-h">
            {CONNECT_LABELS[way]}
            <CopyButton value={command} what={t("connectCommand")} className="end" />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
          <section className="json-scroll" tabIndex={0} aria-label={t("connectCommand")}>
            <pre className="json">{command}</pre>
          </section>
        </div>
      </TabPanel>
      <p className="hint">{t.rich(mayManage ? "connectToken" : "connectAskToken", tags)}</p>
      <p className="hint">{t.rich("connectMore", tags)}</p>
    </div>
  );
}
