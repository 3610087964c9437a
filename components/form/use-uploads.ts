"use client";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { errorText } from "@/components/data/api-error";
import { uploadFile } from "@/components/data/upload";
import { accepts } from "@/lib/form/accept";
import { formatBytes } from "@/lib/form/bytes";
import type { UploadedFile } from "@/lib/form/form-value";

export interface RunningUpload {
  id: number;
  name: string;
  /** From 0 to 1. */
  share: number;
}

export interface UploadsInput {
  files: readonly UploadedFile[];
  many: boolean;
  accept: readonly string[];
  maxBytes: number | null;
  onChange: (files: UploadedFile[]) => void;
  onBusy: (busy: boolean) => void;
}

/** The uploads of one field: started together, each on its own, stopped when the field goes away. */
export function useUploads({ files, many, accept, maxBytes, onChange, onBusy }: UploadsInput) {
  const t = useTranslations("forms");
  const common = useTranslations("common");
  const locale = useLocale();
  const [running, setRunning] = useState<RunningUpload[]>([]);
  const [problems, setProblems] = useState<string[]>([]);
  const stops = useRef(new Map<number, AbortController>());
  const lastId = useRef(0);
  // Several uploads end between two renders: each has to see the files of the one before.
  const current = useRef<readonly UploadedFile[]>(files);
  current.current = files;

  useEffect(() => {
    const all = stops.current;
    return () => {
      for (const stop of all.values()) stop.abort();
    };
  }, []);

  function refusal(file: File): string | null {
    if (maxBytes !== null && file.size > maxBytes) {
      return t("fileTooLarge", {
        name: file.name,
        size: formatBytes(file.size, locale),
        limit: formatBytes(maxBytes, locale),
      });
    }
    return accepts(accept, file) ? null : t("fileWrongType", { name: file.name, accept: accept.join(", ") });
  }

  async function upload(file: File) {
    lastId.current += 1;
    const id = lastId.current;
    const stop = new AbortController();
    stops.current.set(id, stop);
    onBusy(true);
    setRunning((all) => [...all, { id, name: file.name, share: 0 }]);
    try {
      const onProgress = (share: number) =>
        setRunning((all) => all.map((each) => (each.id === id ? { ...each, share } : each)));
      const uploaded = await uploadFile(file, { onProgress, signal: stop.signal });
      current.current = many
        ? [...current.current.filter((each) => each.file_id !== uploaded.file_id), uploaded]
        : [uploaded];
      onChange([...current.current]);
    } catch (error) {
      if (!stop.signal.aborted) {
        setProblems((all) => [...all, t("uploadFailed", { name: file.name, error: errorText(error, common) })]);
      }
    } finally {
      stops.current.delete(id);
      setRunning((all) => all.filter((each) => each.id !== id));
      onBusy(stops.current.size > 0);
    }
  }

  function start(chosen: readonly File[]) {
    const wanted = many ? chosen : chosen.slice(0, 1);
    setProblems(wanted.map(refusal).filter((problem) => problem !== null));
    for (const file of wanted) if (refusal(file) === null) void upload(file);
  }

  return { running, problems, start, stop: (id: number) => stops.current.get(id)?.abort() };
}
