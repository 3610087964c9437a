import { createBatuta, defineBlueprint, end, handlersFor, type TaskFunction } from "batuta";

interface Store {
  read(id: string): Promise<number>;
}
const { handler } = handlersFor<{ input: { id: string }; dataStores: { store: Store } }>();

export const typed = defineBlueprint({
  name: "typed",
  states: {
    look: handler({ to: ["done", "other"] }, async ({ actions, dataStores, initialData, stateHistory }) => {
      stateHistory.found = await dataStores.store.read(initialData.id);
      // @ts-expect-error the store has no such method
      dataStores.store.write(initialData.id);
      // @ts-expect-error the input has no such member
      initialData.nothing;
      return actions.transitionTo("done");
    }).when("initial_data.id == 'x'", async ({ actions, dataStores }) => {
      // @ts-expect-error variants know the stores as well
      await dataStores.shop.read("x");
      // @ts-expect-error a variant leads only where the state may lead
      actions.transitionTo("nowhere");
      return actions.transitionTo("other");
    }),
    done: end({ outcome: "success" }),
    other: end({ outcome: "failure" }),
  },
});

const double: TaskFunction = async ({ n }) => ({ data: { doubled: (n as number) * 2 } });

export async function embed(store: Store): Promise<void> {
  const batuta = createBatuta({
    config: { databaseUrl: "postgres://localhost/x", tasksAtOnce: 4 },
    blueprints: [typed],
    tasks: { double },
    dataStores: { store },
  });
  const result = await batuta.run<{ doubled: number }>("typed", { id: "a" }, { timeoutMs: 1_000 });
  result.doubled.toFixed();
  // @ts-expect-error the result has no such member
  result.tripled;
  // @ts-expect-error input is a JSON object
  await batuta.startJob("typed", "a");
  // @ts-expect-error the database is named databaseUrl
  createBatuta({ config: { database: "postgres://localhost/x" } });
  // @ts-expect-error a task is a function
  createBatuta({ config: { databaseUrl: "postgres://localhost/x" }, tasks: { double: 2 } });
}
