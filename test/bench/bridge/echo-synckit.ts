import { runAsWorker } from "synckit";

// The other side of synckit's bridge.
runAsWorker(async (input: unknown) => input);
