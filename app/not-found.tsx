import { SearchX } from "lucide-react";
import { getTranslations } from "next-intl/server";
import { ButtonLink } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";

export async function generateMetadata() {
  const t = await getTranslations("common");
  return { title: t("notFoundTitle") };
}

export default async function NotFound() {
  const t = await getTranslations("common");
  return (
    <main className="picture" id="main" style={{ minHeight: "100dvh" }}>
      <Icon as={SearchX} size={20} />
      <h1 className="page-title">{t("notFoundTitle")}</h1>
      <p>{t("notFoundBody")}</p>
      <ButtonLink href="/">{t("notFoundAction")}</ButtonLink>
    </main>
  );
}
