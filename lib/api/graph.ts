import { z } from "zod";

/** A state as a node; `x`, `y` are the upper left corner in pixels of the unscaled drawing. */
export const graphNode = z
  .object({
    id: z.string().meta({ description: "The state's name" }),
    type: z.enum(["handler", "choice", "set", "task", "parallel", "approval", "child", "wait", "end"]),
    label: z.string(),
    description: z.string().nullable(),
    start: z.boolean(),
    outcome: z.enum(["success", "failure"]).nullable().meta({ description: "Of an end state" }),
    detail: z.string().nullable().meta({ description: "What it works with: task type, child, what is awaited" }),
    task_type: z.string().nullable(),
    fan_out: z.boolean(),
    x: z.number(),
    y: z.number(),
    width: z.number(),
    height: z.number(),
  })
  .meta({ id: "GraphNode" });

export const graphPoint = z.object({ x: z.number(), y: z.number() }).meta({ id: "GraphPoint" });

/** A transition. `on` is the word that events use for it (`via.on`), so that a page can colour the path taken. */
export const graphEdge = z
  .object({
    id: z.string(),
    from: z.string(),
    to: z.string(),
    on: z.string(),
    kind: z.enum(["case", "default", "next", "outcome", "failure", "event", "handler"]),
    label: z.string().nullable(),
    when: z.string().nullable().meta({ description: "The whole condition" }),
    points: z.array(graphPoint).meta({ description: "Start, bends, end" }),
    label_at: graphPoint.nullable().meta({ description: "Middle of the label" }),
    back: z.boolean().meta({ description: "Leads to an earlier state (a loop)" }),
  })
  .meta({ id: "GraphEdge" });

/** A blueprint drawn: structure and layout, without any status. The same for every job of one version. */
export const laidOutGraph = z
  .object({
    blueprint_name: z.string(),
    blueprint_version: z.number().int(),
    blueprint_hash: z.string(),
    width: z.number(),
    height: z.number(),
    nodes: z.array(graphNode),
    edges: z.array(graphEdge),
  })
  .meta({ id: "Graph" });

export type GraphNode = z.infer<typeof graphNode>;
export type GraphEdge = z.infer<typeof graphEdge>;
export type GraphPoint = z.infer<typeof graphPoint>;
export type LaidOutGraph = z.infer<typeof laidOutGraph>;
