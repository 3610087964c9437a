import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { operatorOfPage } from "@/app/session";
import { SetupForm } from "@/components/auth/setup-form";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  return { title: t("setupTitle") };
}

/** The first run: nobody has an account yet. Somebody who is signed in has nothing to do here. */
export default async function SetupPage() {
  if (await operatorOfPage()) redirect("/");
  return <SetupForm />;
}
