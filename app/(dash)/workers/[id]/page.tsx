import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { WorkerPage } from "@/components/workers/worker-page";

type Params = Promise<{ id: string }>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const [{ id }, t] = await Promise.all([params, getTranslations("workers")]);
  return { title: `${decodeURIComponent(id)} · ${t("title")}` };
}

export default async function Page({ params }: { params: Params }) {
  const { id } = await params;
  return <WorkerPage id={decodeURIComponent(id)} />;
}
