"use client";
import { ArrowRight, Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { type Command, jobIdIn, matching } from "@/components/shell/commands";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";

export interface PaletteProps {
  commands: readonly Command[];
  onClose: () => void;
  onOpenJob: (jobId: string) => void;
}

/** Search and commands: an input that owns a list of options. Loaded when it is first opened. */
export default function Palette({ commands, onClose, onOpenJob }: PaletteProps) {
  const t = useTranslations("shell");
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [query, setQuery] = useState("");
  const [cursor, setCursor] = useState(0);

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  const found = useMemo(() => {
    const jobId = jobIdIn(query);
    const label = t("openJob", { id: jobId ?? "" });
    const job: Command[] = jobId
      ? [{ id: "job", label, icon: ArrowRight, group: "actions", run: () => onOpenJob(jobId) }]
      : [];
    return [...job, ...matching(commands, query)];
  }, [commands, query, t, onOpenJob]);
  const current = found[Math.min(cursor, found.length - 1)];

  function run(command: Command | undefined) {
    if (!command) return;
    dialog.current?.close();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter") {
      event.preventDefault();
      run(current);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : found.length - 1;
      setCursor((at) => (found.length === 0 ? 0 : (Math.min(at, found.length - 1) + step) % found.length));
    }
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; Escape does the same by itself
    <dialog
      ref={dialog}
      className="dialog palette"
      aria-label={t("palette")}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && dialog.current?.close()}
    >
      <div className="palette-in">
        <Icon as={Search} />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${current.id}` : undefined}
          aria-label={t("palette")}
          placeholder={t("palettePlaceholder")}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setCursor(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <Options listId={listId} found={found} current={current} onPoint={setCursor} onRun={run} />
      <p className={found.length === 0 ? "picture" : "vh"} role="status">
        {found.length === 0 ? t("paletteNothing", { query }) : t("paletteResults", { count: found.length })}
      </p>
    </dialog>
  );
}

interface OptionsProps {
  listId: string;
  found: readonly Command[];
  current: Command | undefined;
  onPoint: (index: number) => void;
  onRun: (command: Command) => void;
}

function Options({ listId, found, current, onPoint, onRun }: OptionsProps) {
  const t = useTranslations("shell");
  return (
    <div className="palette-list" role="listbox" id={listId} aria-label={t("palette")}>
      {found.map((command, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the input, which keeps the focus
        <div
          key={command.id}
          id={`${listId}-${command.id}`}
          role="option"
          tabIndex={-1}
          aria-selected={command === current}
          onClick={() => onRun(command)}
          onMouseMove={() => onPoint(index)}
        >
          <Icon as={command.icon} />
          {command.label}
          {command.keys ? (
            <span className="keys">
              <Kbd keys={command.keys} />
            </span>
          ) : null}
        </div>
      ))}
    </div>
  );
}
