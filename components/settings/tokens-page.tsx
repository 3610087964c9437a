"use client";
import { KeyRound, Lock, Plus, Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/data/operator";
import { ClientsPanel } from "@/components/settings/clients-panel";
import { NewClientDialog } from "@/components/settings/new-client-dialog";
import { NewWorkerTokenDialog } from "@/components/settings/new-worker-token-dialog";
import { SecretDialog } from "@/components/settings/secret-dialog";
import { type Secret, TOKEN_KINDS, type TokenKind } from "@/components/settings/token-data";
import { WorkerTokensPanel } from "@/components/settings/worker-tokens-panel";
import { PageHeader } from "@/components/shell/page-header";
import { useSearchState } from "@/components/shell/search-state";
import { Button } from "@/components/ui/button";
import { EmptyPicture } from "@/components/ui/picture";
import { TabPanel, Tabs } from "@/components/ui/tabs";

const ICONS = { clients: KeyRound, workers: Server } as const;

/** Who may speak with this installation: API clients and remote workers, by their tokens. */
export function TokensPage() {
  const t = useTranslations("tokens");
  const mayManage = useMay("admin");
  const [parameters, setParameters] = useSearchState();
  const kind = TOKEN_KINDS.find((each) => each === parameters.get("tab")) ?? "clients";
  const [creating, setCreating] = useState<TokenKind | null>(null);
  const [secret, setSecret] = useState<Secret | null>(null);
  const create = (
    <Button variant="primary" icon={Plus} onClick={() => setCreating(kind)}>
      {t(`create_${kind}`)}
    </Button>
  );
  if (!mayManage) {
    return (
      <>
        <PageHeader title={t("title")} live={false} />
        <EmptyPicture icon={Lock} title={t("adminsOnly")}>
          {t("adminsOnlyHint")}
        </EmptyPicture>
      </>
    );
  }
  return (
    <>
      <PageHeader title={t("title")} live={false} actions={create} />
      <Tabs
        label={t("title")}
        idBase="tokens"
        items={TOKEN_KINDS.map((id) => ({ id, label: t(id), icon: ICONS[id] }))}
        value={kind}
        onChange={(next) => setParameters(new URLSearchParams(next === "clients" ? {} : { tab: next }), "replace")}
      />
      <TabPanel idBase="tokens" id={kind} className="tokens">
        <p className="tokens-hint">
          {t(`hint_${kind}`)}{" "}
          {t.rich("apiHint", {
            link: (chunks) => (
              <a className="linkish" href="/_public/docs">
                {chunks}
              </a>
            ),
          })}
        </p>
        {kind === "clients" ? (
          <ClientsPanel create={create} onSecret={setSecret} />
        ) : (
          <WorkerTokensPanel create={create} onSecret={setSecret} />
        )}
      </TabPanel>
      {creating === "clients" ? <NewClientDialog onClose={() => setCreating(null)} onSecret={setSecret} /> : null}
      {creating === "workers" ? <NewWorkerTokenDialog onClose={() => setCreating(null)} onSecret={setSecret} /> : null}
      {secret ? <SecretDialog secret={secret} onClose={() => setSecret(null)} /> : null}
    </>
  );
}
