import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ReportPage } from "@/components/reports/report-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("reports");
  return { title: `${t("one")} · ${t("title")}` };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ReportPage id={decodeURIComponent(id)} />;
}
