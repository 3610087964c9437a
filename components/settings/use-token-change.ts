"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { api } from "@/components/data/api";
import { TOKEN_KEY, TOKEN_PATH, type TokenKind } from "@/components/settings/token-data";
import { useToasts } from "@/components/ui/toasts";

/** Sends changed settings of one token, and says that they are stored. Rejects with what the server refused. */
export function useTokenChange(kind: TokenKind, row: { id: number; name: string }): (body: object) => Promise<void> {
  const t = useTranslations("tokens");
  const queries = useQueryClient();
  const toasts = useToasts();
  return async (body) => {
    await api.patch(`${TOKEN_PATH[kind]}/${row.id}`, body);
    void queries.invalidateQueries({ queryKey: TOKEN_KEY[kind] });
    toasts.success(t("saved", { name: row.name }));
  };
}
