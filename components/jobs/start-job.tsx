"use client";
import { Play } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/data/operator";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";

const ChooseBlueprint = dynamic(() => import("@/components/jobs/choose-blueprint"), { ssr: false });

/** The button that starts a job: first the blueprint is chosen, its page has the form. Nothing for who may not start. */
export function StartJob({ shortcut = true }: { shortcut?: boolean }) {
  const t = useTranslations("jobs");
  const may = useMay("jobs:start");
  const [open, setOpen] = useState(false);
  useShortcut({ keys: "c", label: t("start"), group: "page", run: () => setOpen(true) }, may && shortcut);
  if (!may) return null;
  return (
    <>
      <Button variant="primary" icon={Play} keys={shortcut ? "c" : undefined} onClick={() => setOpen(true)}>
        {t("start")}
      </Button>
      {open ? <ChooseBlueprint onClose={() => setOpen(false)} /> : null}
    </>
  );
}
