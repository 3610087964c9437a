import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { BulkPage } from "@/components/bulk/bulk-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("bulk");
  return { title: t("title") };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <BulkPage key={id} id={id} />;
}
