"use client";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { controlId, type FieldErrors } from "@/components/form/field-ids";
import { Icon } from "@/components/ui/icon";
import type { FormField } from "@/lib/form/schema-fields";

export interface FormNoticeProps {
  errors: FieldErrors;
  /** What isn't about one of the fields. */
  general: readonly string[];
  fields: readonly FormField[];
  idBase: string;
}

/** Above a form that was refused: what isn't about a field, and links to the fields that are. */
export function FormNotice({ errors, general, fields, idBase }: FormNoticeProps) {
  const t = useTranslations("forms");
  const wrong = fields.filter((field) => errors[field.path]);
  if (wrong.length === 0 && general.length === 0) return null;
  return (
    <div className="note" data-s="failed" role="alert">
      <Icon as={CircleAlert} />
      <div>
        {general.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {wrong.length > 0 ? (
          <p>
            {t("summary", { count: wrong.length })}:{" "}
            {wrong.map((field, index) => (
              <span key={field.path}>
                {index > 0 ? ", " : null}
                <a className="linkish" href={`#${controlId(idBase, field.path)}`}>
                  {field.label}
                </a>
              </span>
            ))}
          </p>
        ) : null}
      </div>
    </div>
  );
}
