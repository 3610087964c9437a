import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { TokensPage } from "@/components/settings/tokens-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("tokens");
  return { title: t("title") };
}

export default function Page() {
  return (
    <Suspense>
      <TokensPage />
    </Suspense>
  );
}
