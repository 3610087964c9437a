"use client";
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleOff, Ellipsis, Pencil, RotateCw, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { api } from "@/components/data/api";
import { type Secret, TOKEN_KEY, TOKEN_PATH, type TokenKind } from "@/components/settings/token-data";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, type MenuItem } from "@/components/ui/menu";
import { useToasts } from "@/components/ui/toasts";

type Verb = "rotate" | "disable" | "enable" | "delete";

interface TokenMenuProps {
  kind: TokenKind;
  row: { id: number; name: string; disabled_at: string | null };
  onSecret: (secret: Secret) => void;
  /** The dialog that changes its settings. */
  edit: (onClose: () => void) => ReactNode;
}

/** What can be done with one token; all but an edit is asked about first, for somebody's program may depend on it. */
export function TokenMenu({ kind, row, onSecret, edit }: TokenMenuProps) {
  const t = useTranslations("tokens");
  const [asked, setAsked] = useState<Verb | null>(null);
  const [editing, setEditing] = useState(false);
  const enabled = row.disabled_at === null;
  const items: (MenuItem | "separator")[] = [
    { label: t("edit"), icon: Pencil, onSelect: () => setEditing(true) },
    { label: t("rotate"), icon: RotateCw, onSelect: () => setAsked("rotate") },
    enabled
      ? { label: t("disable"), icon: CircleOff, onSelect: () => setAsked("disable") }
      : { label: t("enable"), icon: CircleCheck, onSelect: () => setAsked("enable") },
  ];
  if (kind === "workers" || !enabled)
    items.push("separator", { label: t("delete"), icon: Trash2, danger: true, onSelect: () => setAsked("delete") });
  const label = t("actionsOf", { name: row.name });
  return (
    <>
      <Menu
        label={label}
        items={items}
        trigger={(props) => <IconButton {...props} icon={Ellipsis} label={label} variant="quiet" size="sm" />}
      />
      {editing ? edit(() => setEditing(false)) : null}
      {asked ? (
        <TokenConfirm kind={kind} row={row} verb={asked} onClose={() => setAsked(null)} onSecret={onSecret} />
      ) : null}
    </>
  );
}

interface TokenConfirmProps extends Omit<TokenMenuProps, "edit"> {
  verb: Verb;
  onClose: () => void;
}

function TokenConfirm({ kind, row, verb, onClose, onSecret }: TokenConfirmProps) {
  const t = useTranslations("tokens");
  const client = useQueryClient();
  const toasts = useToasts();
  const { name } = row;

  async function confirm() {
    const secret = await perform(kind, row.id, verb);
    void client.invalidateQueries({ queryKey: TOKEN_KEY[kind] });
    if (secret === null) toasts.success(t(`done_${verb}`, { name }));
    else onSecret({ name, token: secret });
  }

  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t(`title_${verb}`, { name })}
      consequence={t(`consequence_${verb}`)}
      confirmLabel={t(verb)}
      keepLabel={t("keep")}
      danger={verb === "delete" || verb === "disable"}
      onConfirm={confirm}
    />
  );
}

/** The new token of a rotation; null for all else. */
async function perform(kind: TokenKind, id: number, verb: Verb): Promise<string | null> {
  const path = `${TOKEN_PATH[kind]}/${id}`;
  if (verb === "rotate") return (await api.post<{ token: string | null }>(`${path}/rotate`, {})).token;
  if (verb === "delete") await api.delete(path);
  else await api.patch(path, { disabled: verb === "disable" });
  return null;
}
