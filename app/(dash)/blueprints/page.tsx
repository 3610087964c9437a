import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { CataloguePage } from "@/components/blueprint/catalogue-page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("blueprints");
  return { title: t("title") };
}

export default function Page() {
  return <CataloguePage />;
}
