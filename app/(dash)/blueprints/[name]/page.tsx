import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { BlueprintPage } from "@/components/blueprint/blueprint-page";

type Params = Promise<{ name: string }>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const [{ name }, t] = await Promise.all([params, getTranslations("blueprints")]);
  return { title: `${decodeURIComponent(name)} · ${t("title")}` };
}

export default async function Page({ params }: { params: Params }) {
  const { name } = await params;
  return <BlueprintPage name={decodeURIComponent(name)} />;
}
