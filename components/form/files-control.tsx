"use client";
import { clsx } from "clsx";
import { CircleCheck, FileUp, X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { type RunningUpload, useUploads } from "@/components/form/use-uploads";
import { Button, IconButton } from "@/components/ui/button";
import type { FieldControl } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { formatBytes } from "@/lib/form/bytes";
import type { UploadedFile } from "@/lib/form/form-value";
import type { FormField } from "@/lib/form/schema-fields";

export interface FilesControlProps {
  control: FieldControl;
  field: FormField;
  files: readonly UploadedFile[];
  onChange: (files: UploadedFile[]) => void;
  onBusy: (busy: boolean) => void;
}

/** Files, uploaded as soon as they are chosen or dropped, each with its progress; the form then holds only their ids. */
export function FilesControl({ control, field, files, onChange, onBusy }: FilesControlProps) {
  const { many = false, accept = [], maxBytes = null } = field.files ?? {};
  const uploads = useUploads({ files, many, accept, maxBytes, onChange, onBusy });
  return (
    <DropZone onFiles={uploads.start}>
      <Chooser control={control} many={many} accept={accept} maxBytes={maxBytes} onFiles={uploads.start} />
      {files.length + uploads.running.length > 0 ? (
        <ul className="file-list">
          {files.map((file) => (
            <DoneRow key={file.file_id} file={file} onRemove={() => onChange(files.filter((each) => each !== file))} />
          ))}
          {uploads.running.map((upload) => (
            <RunningRow key={upload.id} upload={upload} onStop={() => uploads.stop(upload.id)} />
          ))}
        </ul>
      ) : null}
      {uploads.problems.map((problem) => (
        <p key={problem} className="err" role="alert">
          {problem}
        </p>
      ))}
    </DropZone>
  );
}

function DropZone({ onFiles, children }: { onFiles: (files: File[]) => void; children: ReactNode }) {
  const [over, setOver] = useState(false);

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition, the button inside does the same
    <div
      className={clsx("file-drop", over && "is-over")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {children}
    </div>
  );
}

interface ChooserProps {
  control: FieldControl;
  many: boolean;
  accept: readonly string[];
  maxBytes: number | null;
  onFiles: (files: File[]) => void;
}

function Chooser({ control, many, accept, maxBytes, onFiles }: ChooserProps) {
  const t = useTranslations("forms");
  const locale = useLocale();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="row g6" style={{ flexWrap: "wrap" }}>
      <input
        ref={input}
        type="file"
        hidden
        multiple={many}
        accept={accept.join(",") || undefined}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Icon as={FileUp} />
      <span className="t2">{t(many ? "dropFiles" : "dropFile")}</span>
      <Button
        id={control.id}
        size="sm"
        aria-describedby={control["aria-describedby"]}
        onClick={() => input.current?.click()}
      >
        {t(many ? "chooseFiles" : "chooseFile")}
      </Button>
      {maxBytes ? <span className="hint">{t("fileLimit", { size: formatBytes(maxBytes, locale) })}</span> : null}
    </div>
  );
}

function DoneRow({ file, onRemove }: { file: UploadedFile; onRemove: () => void }) {
  const t = useTranslations("forms");
  const locale = useLocale();
  return (
    <li>
      <span className="status" data-s="succeeded">
        <Icon as={CircleCheck} size={14} />
        <span className="vh">{t("uploaded")}</span>
      </span>
      <span className="clip">{file.name}</span>
      <span className="t3 nowrap">{formatBytes(file.size, locale)}</span>
      <RemoveButton name={file.name} onClick={onRemove} />
    </li>
  );
}

function RunningRow({ upload, onStop }: { upload: RunningUpload; onStop: () => void }) {
  const t = useTranslations("forms");
  return (
    <li>
      <span className="clip">{upload.name}</span>
      <progress
        className="progress-bar"
        max={1}
        value={upload.share}
        aria-label={t("uploading", { name: upload.name })}
      />
      <RemoveButton name={upload.name} onClick={onStop} />
    </li>
  );
}

function RemoveButton({ name, onClick }: { name: string; onClick: () => void }) {
  const t = useTranslations("forms");
  return (
    <IconButton
      icon={X}
      label={t("removeFile", { name })}
      variant="quiet"
      size="sm"
      className="end"
      onClick={onClick}
    />
  );
}
