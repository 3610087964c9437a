import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { JobsPage } from "@/components/jobs/jobs-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("jobs");
  return { title: t("title") };
}

export default function Page() {
  return <JobsPage />;
}
