import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { QuarantinePage } from "@/components/quarantine/quarantine-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("quarantine");
  return { title: t("title") };
}

export default function Page() {
  return (
    <Suspense>
      <QuarantinePage />
    </Suspense>
  );
}
