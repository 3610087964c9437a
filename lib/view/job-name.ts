import { SINGLE_TASK_BLUEPRINT, TASK_LABEL } from "@/lib/blueprint/names";

/** What people call a job: its blueprint, or the task that it is made of. */
export function jobName(job: { blueprint_name: string; labels: Record<string, string> }): string {
  const task = job.blueprint_name === SINGLE_TASK_BLUEPRINT ? job.labels[TASK_LABEL] : undefined;
  return task ?? job.blueprint_name;
}
