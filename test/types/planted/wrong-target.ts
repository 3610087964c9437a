import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";

/** Wrong on purpose: `types.test.ts` sees the compiler refuse it. It is in no other compilation. */
export const planted = defineBlueprint({
  name: "planted",
  states: {
    write: handler({ to: ["publish"] }, ({ actions }) => actions.transitionTo("publsh")),
    publish: end({ outcome: "success" }),
  },
});
