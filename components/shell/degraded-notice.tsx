"use client";
import { useQuery } from "@tanstack/react-query";
import { TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { api } from "@/components/data/api";
import { IconButton } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";

const EVERY_MS = 10_000;
const STORAGE_KEY = "batuta_notice_dismissed";

/** What runs on its second choice, for everybody to see, while it does; gone by itself when all is well again. */
export function DegradedNotice() {
  const t = useTranslations("shell");
  const common = useTranslations("common");
  const [dismissed, setDismissed] = useState(dismissedBefore);
  const { data } = useQuery({
    queryKey: ["degraded"],
    queryFn: ({ signal }) => api.get<{ degraded?: string[] }>("/_public/status", { signal }),
    refetchInterval: EVERY_MS,
    retry: false,
  });
  const words = data?.degraded ?? [];
  const all = words.join("\n");
  return (
    <div className="banners" role="status">
      {words.length > 0 && all !== dismissed ? (
        <div className="banner" data-s="retrying" data-degraded="">
          <Icon as={TriangleAlert} />
          <span className="grow anywhere">
            <b className="w6">{t("degraded")}</b>{" "}
            {words.map((word) => (isRedis(word) ? t("degradedRedis") : word)).join(" ")}
          </span>
          <IconButton
            icon={X}
            label={common("dismiss")}
            variant="quiet"
            size="sm"
            onClick={() => {
              setDismissed(all);
              remember(all);
            }}
          />
        </div>
      ) : null}
    </div>
  );
}

/** The one trouble that has words in every language; others are told as the server tells them. */
function isRedis(word: string): boolean {
  return word.startsWith("Redis is away");
}

/** What this browser was told already and put away; another trouble is told again. */
function dismissedBefore(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    // No storage on the server, or forbidden in this browser: then it is told on every page.
    return "";
  }
}

function remember(words: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, words);
  } catch {
    // Forbidden: it stays away until the page is loaded again.
  }
}
