import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ApprovalPage } from "@/components/approvals/approval-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("approvals");
  return { title: `${t("one")} · ${t("title")}` };
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ApprovalPage id={decodeURIComponent(id)} />;
}
