"use client";
import { useTranslations } from "next-intl";
import { Fragment, useSyncExternalStore } from "react";
import type { Shortcut } from "@/components/shell/shortcut-registry";
import { useShortcutRegistry, useSingleKeySetting } from "@/components/shell/shortcuts";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";

const GROUPS = [
  ["general", "groupGeneral"],
  ["navigation", "groupNavigation"],
  ["page", "groupPage"],
] as const;

/** Every shortcut that works here and now, and the switch for single keys. */
export function ShortcutSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTranslations("shell");
  const registry = useShortcutRegistry();
  const shortcuts = useSyncExternalStore(registry.subscribe, registry.list, registry.list);
  const [single, setSingle] = useSingleKeySetting();
  return (
    <Dialog open={open} onClose={onClose} title={t("shortcuts")} width={640}>
      <div className="sheet">
        {GROUPS.map(([group, heading]) => (
          <Group key={group} heading={t(heading)} shortcuts={shortcuts.filter((each) => each.group === group)} />
        ))}
      </div>
      <hr />
      <label className="check-label">
        <input
          type="checkbox"
          className="switch"
          role="switch"
          aria-checked={single}
          checked={single}
          onChange={(event) => setSingle(event.target.checked)}
        />
        <span>
          {t("shortcutsOn")}
          <br />
          <span className="hint">{t("shortcutsOnHint")}</span>
        </span>
      </label>
    </Dialog>
  );
}

function Group({ heading, shortcuts }: { heading: string; shortcuts: Shortcut[] }) {
  if (shortcuts.length === 0) return null;
  return (
    <section>
      <h3>{heading}</h3>
      <dl>
        {shortcuts.map((shortcut) => (
          <Fragment key={shortcut.keys}>
            <dt>{shortcut.label}</dt>
            <dd>
              <Kbd keys={shortcut.keys} />
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
