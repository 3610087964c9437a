import type { WaitingStep } from "@/lib/api/explain";

export type Placement = NonNullable<Extract<WaitingStep, { kind: "worker" }>["waits_for"]["placement"]>;

/** What the workers fell out at, in the order in which it is looked at, with how many are left after each. */
export function rungsOf({ workers, fell_out }: Placement): (Placement["fell_out"][number] & { left: number })[] {
  let left = workers;
  return fell_out.map((rung) => {
    left = Math.max(0, left - rung.count);
    return { ...rung, left };
  });
}
