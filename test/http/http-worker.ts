import { type ApiHost, type Call, WORKER_TOKEN } from "@/test/http/api-host";

/** A remote worker that speaks the worker protocol through the host's own app. */
export interface HttpWorker {
  /** The next task; fails when none comes within a minute. */
  next(): Promise<Call["body"]>;
  /** The next task, or null when the poll ended without one. */
  poll(): Promise<Call["body"] | null>;
  /** Answers with this body beside what names the task. */
  answer(task: Call["body"], body: object): Promise<Call>;
  succeed(task: Call["body"], data: object): Promise<Call>;
  fail(task: Call["body"], code: string, message: string, more?: object): Promise<Call>;
  post(path: string, body: object | string): Promise<Call>;
}

export async function httpWorker(api: ApiHost, id: string, skills: (string | object)[]): Promise<HttpWorker> {
  const options = { token: null, headers: { "x-worker-token": WORKER_TOKEN, "x-worker-id": id } };
  const supported_skills = skills.map((skill) => (typeof skill === "string" ? { name: skill } : skill));
  const post = (path: string, body: object | string) => api.call("POST", `/_worker${path}`, body, options);
  const registered = await post("/workers/register", {
    worker_id: id,
    supported_skills,
    capabilities: {},
    max_concurrent_tasks: 8,
  });
  if (registered.status !== 200) throw new Error(`the worker was refused: ${JSON.stringify(registered.body)}`);
  const worker: HttpWorker = {
    async poll() {
      const next = await api.call("GET", `/_worker/workers/${id}/tasks/next`, undefined, options);
      return next.status === 200 ? next.body : null;
    },
    async next() {
      for (const end = Date.now() + 60_000; Date.now() < end; ) {
        const task = await worker.poll();
        if (task) return task;
      }
      throw new Error(`no task came for ${id}`);
    },
    answer: ({ job_id, task_id }, body) => post("/tasks/result", { job_id, task_id, worker_id: id, ...body }),
    succeed: (task, data) => worker.answer(task, { status: "success", data }),
    fail: (task, code, message, more = {}) =>
      worker.answer(task, { status: "failure", error: { code, message, ...more } }),
    post,
  };
  return worker;
}
