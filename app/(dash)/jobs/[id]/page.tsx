import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { JobPage } from "@/components/job/job-page";

interface PageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const [t, { id }] = await Promise.all([getTranslations("job"), params]);
  return { title: t("heading", { id }) };
}

export default async function Page({ params }: PageProps) {
  const { id } = await params;
  return (
    <Suspense>
      <JobPage key={id} id={id} />
    </Suspense>
  );
}
