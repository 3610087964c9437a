"use client";
import { Ban, Ellipsis } from "lucide-react";
import { useTranslations } from "next-intl";
import { inBar, type JobVerb, VERB_KEY } from "@/components/job/verbs/job-verbs";
import { useJobVerbs } from "@/components/job/verbs/verb-context";
import { VERB_ICON } from "@/components/job/verbs/verb-icon";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button, IconButton } from "@/components/ui/button";
import { Menu } from "@/components/ui/menu";

/** What can be done with the job: what fits now as buttons, the rest in a menu. Nothing while what is shown may be old. */
export function JobActions() {
  const t = useTranslations("verbs");
  const common = useTranslations("common");
  const { allowed, stale, ask } = useJobVerbs();
  const { buttons, menu, cancel } = inBar(allowed);
  const blocked = { disabled: stale, title: stale ? common("staleAction") : undefined };
  const shortcuts = allowed.filter((verb) => VERB_KEY[verb] !== undefined && !stale);
  return (
    <div className="job-actions">
      {shortcuts.map((verb) => (
        <VerbShortcut key={verb} verb={verb} />
      ))}
      {buttons.map((verb) => (
        <Button key={verb} icon={VERB_ICON[verb]} keys={VERB_KEY[verb]} {...blocked} onClick={() => ask({ verb })}>
          {verb === "requeue" ? t("requeue.short") : t(`${verb}.label`)}
        </Button>
      ))}
      {cancel ? (
        <Button icon={Ban} variant="danger" keys="c" {...blocked} onClick={() => ask({ verb: "cancel" })}>
          {t("cancel.label")}
        </Button>
      ) : null}
      {menu.length > 0 ? (
        <Menu
          label={t("more")}
          items={menu.map((verb) => ({
            label: t(`${verb}.label`),
            icon: VERB_ICON[verb],
            keys: VERB_KEY[verb],
            danger: verb === "giveUp",
            onSelect: () => ask({ verb }),
          }))}
          trigger={(props) => <IconButton {...props} {...blocked} icon={Ellipsis} label={t("more")} />}
        />
      ) : null}
    </div>
  );
}

function VerbShortcut({ verb }: { verb: JobVerb }) {
  const t = useTranslations("verbs");
  const { ask } = useJobVerbs();
  useShortcut({ keys: VERB_KEY[verb] ?? "", label: t(`${verb}.label`), group: "page", run: () => ask({ verb }) });
  return null;
}
