"use client";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { refusedAt } from "@/components/data/refused-at";
import { shortId } from "@/components/job/job-facts";
import { useJobGraph } from "@/components/job/use-job";
import { DataFields } from "@/components/job/verbs/data-fields";
import { useEditedData } from "@/components/job/verbs/edited-data";
import { type ForkPlace, forkPlaces } from "@/components/job/verbs/fork-places";
import { useVerb } from "@/components/job/verbs/use-verb";
import type { VerbDialogProps } from "@/components/job/verbs/verb-props";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field, type FieldControl } from "@/components/ui/field";
import { useToasts } from "@/components/ui/toasts";
import type { ForkAnswer, ForkBody } from "@/lib/api/job-verb";
import { stateHistoryAt } from "@/lib/view/data-at";

/** A new job from where this one was, with its data as of then. */
export function ForkDialog(props: VerbDialogProps) {
  const { asked, detail, history } = props;
  const { view } = history;
  const graph = useJobGraph(detail.job_id, detail.blueprint_hash);
  const places = forkPlaces(view, Object.keys(graph.data?.document.states ?? {}));
  const current = view.steps.at(-1);
  const [chosen, setChosen] = useState(asked.from?.seq ?? current?.entry ?? 0);
  const [unvisited, setUnvisited] = useState<string | null>(asked.from?.seq === 0 ? asked.from.state : null);
  const place =
    places.find(({ state, seq }) => (unvisited === null ? seq === chosen : seq === null && state === unvisited)) ??
    places[0];
  if (!place) return null;
  return (
    <ForkEditor
      // The data are those of the place: another place begins anew.
      key={`${place.state} ${place.seq}`}
      {...props}
      place={place}
      places={places}
      onPlace={(next) => {
        setUnvisited(next.seq === null ? next.state : null);
        if (next.seq !== null) setChosen(next.seq);
      }}
    />
  );
}

interface ForkEditorProps extends VerbDialogProps {
  place: ForkPlace;
  places: readonly ForkPlace[];
  onPlace: (place: ForkPlace) => void;
}

function ForkEditor({ detail, history, stale, onClose, place, places, onPlace }: ForkEditorProps) {
  const t = useTranslations("verbs.fork");
  const router = useRouter();
  const toasts = useToasts();
  const act = useVerb(detail.job_id, history.refresh);
  const seq = place.seq ?? history.view.version;
  const data = useEditedData(detail.input, stateHistoryAt(history.events, seq));
  async function start(reason: string | undefined) {
    const body: ForkBody = { state: place.state, seq, reason, patch: data.patch };
    const made = await act<ForkAnswer>("fork", body);
    if (!made) return;
    toasts.success(t("done"), { href: `/jobs/${detail.job_id}`, label: t("open") });
    router.push(`/jobs/${made.job_id}`);
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t("title", { id: shortId(detail.job_id) })}
      consequence={t("consequence")}
      confirmLabel={t("confirm")}
      keepLabel={t("keep")}
      askReason
      stale={stale}
      incomplete={!data.ready}
      width={720}
      onConfirm={start}
    >
      {(refused) => (
        <>
          <Field label={t("state")} error={refusedAt(refused, "state")} required>
            {(control) => <PlaceSelect control={control} place={place} places={places} onPlace={onPlace} />}
          </Field>
          <DataFields data={data} refused={refused} asOf />
        </>
      )}
    </ConfirmDialog>
  );
}

interface PlaceSelectProps extends Pick<ForkEditorProps, "place" | "places" | "onPlace"> {
  control: FieldControl;
}

function PlaceSelect({ control, place, places, onPlace }: PlaceSelectProps) {
  const t = useTranslations("verbs.fork");
  const label = ({ state, visit, visits }: ForkPlace) =>
    visit === null ? t("unvisited", { state }) : visits > 1 ? t("visit", { state, visit }) : state;
  return (
    <select
      {...control}
      className="input"
      data-autofocus
      value={places.indexOf(place)}
      onChange={(event) => {
        const next = places[Number(event.target.value)];
        if (next) onPlace(next);
      }}
    >
      {places.map((each, index) => (
        <option key={`${each.state} ${each.seq}`} value={index}>
          {label(each)}
        </option>
      ))}
    </select>
  );
}
