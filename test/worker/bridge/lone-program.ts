import { parentPort, Worker } from "node:worker_threads";
import { createProcessExecutor } from "@/server/worker/bridge/process-executor";
import { createThreadExecutor } from "@/server/worker/bridge/thread-executor";

// A program of its own: `<what> <URL of the slots' entry> <URL of the fixture tasks>`. What it prints is one JSON line.
const [what, entry = "", module = ""] = process.argv.slice(2);
const request = (name: string) => ({
  id: name,
  task: { name, module, exportName: null },
  input: "1",
  timeoutMs: null,
});
const make = { entry: new URL(entry), slots: 1, spare: true };

if (what === "leave") {
  const executors = [createThreadExecutor(make), createProcessExecutor(make)];
  const results = await Promise.all(executors.map((each) => each.execute(request("echo")).result));
  // Its slots stay open: they must not keep it up.
  console.log(JSON.stringify(results));
}
if (what === "wait") {
  // Nothing else keeps it up until these have an end.
  const naps = [createThreadExecutor(make), createProcessExecutor(make)].map((each) =>
    each.execute({ ...request("nap"), input: '{"ms":300}' }).result.then(JSON.parse),
  );
  void Promise.all(naps).then((results) => console.log(JSON.stringify(results)));
}
if (what === "die") {
  const executor = createProcessExecutor(make);
  const onLog = ({ message: program }: { message: string }) => {
    console.log(JSON.stringify([...executor.slots().map(({ pid }) => pid), Number(program)]));
    process.kill(process.pid, "SIGKILL");
  };
  executor.execute({ ...request("begets"), onLog }).result.catch(console.error);
}
if (what === "thread") {
  // Runs the next in a thread, ends that thread when it has told, and stays until its input ends.
  const thread = new Worker(new URL(import.meta.url), { argv: ["told", entry, module] });
  thread.once("message", async (pids: number[]) => {
    await thread.terminate();
    console.log(JSON.stringify(pids));
  });
  process.stdin.resume();
}
if (what === "told") {
  const executor = createProcessExecutor(make);
  const onLog = ({ message }: { message: string }) =>
    parentPort?.postMessage([...executor.slots().map(({ pid }) => pid), Number(message)]);
  executor.execute({ ...request("begets"), onLog }).result.catch(console.error);
}
