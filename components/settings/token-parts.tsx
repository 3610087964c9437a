"use client";
import { CircleCheck, CircleOff } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "@/components/ui/icon";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import type { ClientRow } from "@/lib/api/client";

/** Whether a token is taken. */
export function TokenState({ disabledAt }: { disabledAt: string | null }) {
  const t = useTranslations("tokens");
  return (
    <span className="status" data-s={disabledAt === null ? "succeeded" : "cancelled"}>
      <Icon as={disabledAt === null ? CircleCheck : CircleOff} />
      {t(disabledAt === null ? "active" : "disabled")}
    </span>
  );
}

/** Where it is written down, which is where it is changed. */
export function TokenSource({ source }: { source: ClientRow["source"] }) {
  const t = useTranslations("tokens");
  return (
    <span className="t2" title={t(`sourceHint_${source}`)}>
      {t(`source_${source}`)}
    </span>
  );
}

/** Short words side by side; a dash when there are none. */
export function Words({ words, none }: { words: readonly string[]; none: string }) {
  if (words.length === 0) return <span className="t3">{none}</span>;
  return (
    <span className="skills">
      {words.map((word) => (
        <span key={word} className="chip soft mono">
          <span className="clip">{word}</span>
        </span>
      ))}
    </span>
  );
}

/** A name with its description below. */
export function Named({ name, description }: { name: string; description: string | null }) {
  return (
    <>
      <b className="mono w5 anywhere">{name}</b>
      {description ? <span className="s12 t3 token-words">{description}</span> : null}
    </>
  );
}

/** A list that is on its way, broken, empty, or there. */
export function Listed<Row>(props: {
  data: readonly Row[] | undefined;
  error: unknown;
  onRetry: () => void;
  what: string;
  empty: ReactNode;
  children: (rows: readonly Row[]) => ReactNode;
}) {
  const { data, error, onRetry, what, empty, children } = props;
  if (data) return data.length === 0 ? empty : children(data);
  return error ? <FailedPicture error={error} onRetry={onRetry} /> : <LoadingRows rows={4} what={what} />;
}
