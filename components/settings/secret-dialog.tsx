"use client";
import { Eye } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Secret } from "@/components/settings/token-data";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";

/** The one time that a token is shown. A stray click or Escape does not lose it. */
export function SecretDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const t = useTranslations("tokens");
  return (
    <Dialog
      open
      locked
      onClose={onClose}
      title={t("secretTitle", { name: secret.name })}
      width={560}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t("secretDone")}
        </Button>
      }
    >
      <p className="note" data-s="waiting">
        <Icon as={Eye} />
        <span>{t("secretOnce")}</span>
      </p>
      <div className="secret">
        <code className="mono anywhere" data-secret>
          {secret.token}
        </code>
        <CopyButton value={secret.token} what={t("secretWhat")} />
      </div>
    </Dialog>
  );
}
