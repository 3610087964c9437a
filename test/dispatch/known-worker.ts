import type { KnownWorker, WorkerCard } from "@/server/dispatch/worker-card";

/** A worker with the skill `box`, about which nothing else is known unless told. */
export function knownWorker(
  session: string,
  more: Partial<Omit<KnownWorker, "card" | "skills" | "hot">> & {
    card?: Partial<WorkerCard>;
    skills?: string[];
    hot?: string[];
  } = {},
): KnownWorker {
  const { card, skills = ["box"], hot = [], ...others } = more;
  return {
    session,
    worker: session,
    kind: "http",
    skills: new Set(skills),
    hot: new Set(hot),
    slots: 4,
    draining: false,
    beat: null,
    reputation: 1,
    ...others,
    card: {
      skills: {},
      resources: { properties: {}, devices: [] },
      software: {},
      artifacts: [],
      extra: {},
      costPerSkill: {},
      ...card,
    },
  };
}
