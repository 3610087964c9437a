import { afterAll, describe, expect, it } from "vitest";
import { deliveryModel } from "./delivery/model";
import { SCENES } from "./delivery/scenes";
import { type Exploration, Explorer } from "./explorer";

/** What the scenes of a usual run come to together. */
const LEAST_STATES = 1_000_000;

describe("delivery and leases: every state that two engines, two workers, Postgres and Redis can get into", () => {
  let states = 0;
  let transitions = 0;

  it.each(Object.entries(SCENES))(
    "%s",
    (name, setting) => {
      const found = new Explorer(deliveryModel(setting)).run();
      expect(storyOf(found)).toBe("nothing wrong");
      expect(found.complete).toBe(true);
      states += found.states;
      transitions += found.transitions;
      console.log(`${name}: ${found.states} states, ${found.transitions} transitions`);
    },
    120_000,
  );

  it("looks at a million states or more", () => {
    expect(states).toBeGreaterThanOrEqual(LEAST_STATES);
  });

  afterAll(() => console.log(`delivery model: ${states} states, ${transitions} transitions`));
});

/** A found fault as a story that a person can follow. */
function storyOf({ violation }: Exploration): string {
  if (!violation) return "nothing wrong";
  return [violation.what, ...violation.trace, violation.state].join("\n");
}
