"use client";
import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";

/** A page that could not be drawn. `digest` is the id under which the server logged it. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations("common");
  useEffect(() => {
    console.error(error);
  }, [error]);
  return (
    <div className="picture" role="alert" data-s="failed" data-picture="failed" style={{ minHeight: "60dvh" }}>
      <Icon as={TriangleAlert} size={20} />
      <h1 className="page-title">{t("errorTitle")}</h1>
      <p>{t("errorBody")}</p>
      {error.digest ? <p className="detail mono">{t("requestId", { id: error.digest })}</p> : null}
      <Button onClick={reset}>{t("retry")}</Button>
    </div>
  );
}
