import type { TaskRequirements, TaskSpec } from "@/lib/blueprint/document";
import type { ApprovalOptions, RequirementOptions, TaskOptions } from "./actions";

/** The one place where what TypeScript writes in camelCase becomes the document's snake_case. */
export function taskSpecOf(options: TaskOptions): TaskSpec {
  return defined({
    task_type: options.taskType,
    params: options.params,
    dispatch_timeout_seconds: options.dispatchTimeoutSeconds,
    result_timeout_seconds: options.resultTimeoutSeconds,
    timeout_seconds: options.timeoutSeconds,
    retry: options.retry && retryOf(options.retry),
    priority: options.priority,
    requirements: options.requirements && requirementsOf(options.requirements),
    max_cost: options.maxCost,
    strategy: options.strategy,
    skill_version: options.skillVersion,
    skill_type: options.skillType,
    output_schema: options.outputSchema,
  });
}

export function retryOf(options: NonNullable<TaskOptions["retry"]>): NonNullable<TaskSpec["retry"]> {
  return defined({
    max_attempts: options.maxAttempts,
    base_ms: options.baseMs,
    max_ms: options.maxMs,
    jitter: options.jitter,
  });
}

/** What an approval state and the action have in common. */
export function approvalFields<Targets extends string>(options: ApprovalOptions<Targets>) {
  return defined({
    message: options.message,
    form: options.form,
    approvers: options.approvers,
    quorum: options.quorum,
    quorum_rejected: options.quorumRejected,
    deny_starter: options.denyStarter,
    deadline_seconds: options.deadlineSeconds,
    escalate: options.escalate?.map(({ afterSeconds, to }) => ({ after_seconds: afterSeconds, to })),
    transitions: options.transitions,
  });
}

/** The same object without its undefined members: they are not JSON. */
export function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function requirementsOf(options: RequirementOptions): TaskRequirements {
  return defined({
    resources: options.resources,
    installed_software: options.installedSoftware,
    installed_artifacts: options.installedArtifacts,
    labels: options.labels,
    skill: options.skill,
    extra_requirements: options.extraRequirements,
  });
}
