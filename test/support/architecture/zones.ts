/** Which folder may import which, and which packages. The first zone whose `folder` fits a file is its zone. */
export interface Zone {
  /** A folder, or a file without its extension. */
  folder: string;
  /** Folders, or files without extension, in addition to its own folder. */
  imports: string[];
  /** Packages: an exact list, or every one but those that belong to somebody else. */
  packages: string[] | "any";
}

/** Pieces that the whole server speaks with: settings, errors, log, metrics, traces, files that others run. */
const common = [
  "lib",
  "server/built-entry",
  "server/config",
  "server/errors",
  "server/fault-point",
  "server/log",
  "server/metrics",
  "server/metrics-door",
  "server/tracing",
];

const queueFace = ["server/queue/contract", "server/queue/partition"];

/** What tasks ask of the store, the shapes they keep there, and the errors that they understand. */
const taskFace = [
  "server/tasks/report-store",
  "server/tasks/document",
  "server/tasks/task-function",
  "server/documents",
];

const useCases = [
  "server/jobs",
  "server/processes",
  "server/approvals",
  "server/schedules",
  "server/webhooks",
  "server/bulk",
  "server/workers",
  "server/dispatch",
  "server/clients",
  "server/operators",
  "server/limits",
  "server/files",
  "server/audit",
  "server/catalogue",
  "server/reports",
  "server/documents",
  "server/doctor",
];

/** What a program on Node has without installing anything; packages are named by their part before the slash. */
const nodeParts = ["node:crypto", "node:http", "node:https", "node:os", "node:timers"];

const thisProcess = "server/this-process";

const screen = [
  "react",
  "react-dom",
  "next",
  "next-intl",
  "@tanstack/react-query",
  "@tanstack/react-virtual",
  "@xyflow/react",
  "clsx",
  "lucide-react",
  "elkjs",
  "@fontsource-variable/inter",
  "@fontsource-variable/jetbrains-mono",
  "zod",
];

/** Places where the parts are put together; they may import any of the server. */
const wiring = [
  "server/deps",
  "server/start",
  "server/start-fault",
  "server/start-under-next",
  "server/main",
  "server/worker/deps",
  "server/worker/main",
  "server/worker/cli",
  "server/doctor/main",
  "server/migrate/main",
  "server/when-there",
  "server/library",
];

export const zones: Zone[] = [
  { folder: "test", imports: ["app", "components", "lib", "server", "samples"], packages: "any" },
  { folder: "samples", imports: ["lib"], packages: "any" },
  { folder: "lib", imports: [], packages: ["zod"] },
  { folder: "components", imports: ["lib"], packages: screen },
  { folder: "app/api", imports: ["server/http", "server/deps", thisProcess, "lib"], packages: ["next"] },
  {
    folder: "app",
    imports: ["components", "lib", "server/http", "server/jobs", "server/catalogue"],
    packages: screen,
  },
  ...wiring.map((folder): Zone => ({ folder, imports: ["server", "lib"], packages: "any" })),
  // The one place where the parts of this process are found again from Next's copies of the modules.
  { folder: thisProcess, imports: ["server/deps", ...common], packages: "any" },
  {
    folder: "server/engine",
    imports: ["lib"],
    // Of Node only the hash: nothing here reads or writes anything.
    packages: [
      "zod",
      "@bufbuild/cel",
      "@bufbuild/cel-spec",
      "@bufbuild/re2",
      "@bufbuild/protobuf",
      "ajv",
      "ajv-formats",
      "yaml",
      "node:crypto",
    ],
  },
  {
    folder: "server/store",
    imports: [
      "server/engine",
      "server/queue/contract",
      "server/queue/partition",
      "server/dispatch/worker-card",
      ...taskFace,
      ...common,
    ],
    packages: "any",
  },
  { folder: "server/queue", imports: ["server/engine", ...common], packages: "any" },
  {
    folder: "server/turn",
    imports: ["server/engine", "server/dispatch", "server/store", ...queueFace, ...common],
    packages: "any",
  },
  // Who may have which task: pure, like the engine.
  { folder: "server/dispatch", imports: ["server/engine/blueprint", "lib"], packages: [] },
  {
    folder: "server/tasks",
    imports: [
      "server/documents",
      "server/files",
      "server/worker/bridge/isolation",
      "server/worker/bridge/executor",
      ...common,
    ],
    packages: "any",
  },
  // What becomes of documents; it runs as a task, and says what it has to say in a task's errors.
  {
    folder: "server/documents",
    imports: ["server/tasks/document", "server/tasks/task-function", ...common],
    packages: ["zod"],
  },
  { folder: "server/blueprints", imports: ["server/engine/blueprint", "lib"], packages: ["zod"] },
  {
    folder: "server/worker",
    imports: [
      "server/engine",
      "server/tasks",
      "server/documents",
      "server/files",
      "server/workers",
      "server/worker-sdk",
      "server/probes",
      // A module of such a folder is loaded where its task runs.
      "server/own-code/import-task",
      ...queueFace,
      ...common,
    ],
    packages: "any",
  },
  // Runs in other people's programs: nothing of the server but its log.
  { folder: "server/worker-sdk", imports: ["lib", "server/log"], packages: ["zod", "ws", ...nodeParts] },
  // What load balancers and operators ask processes of every kind; it is told what to look at.
  { folder: "server/probes", imports: ["server/probes"], packages: [] },
  {
    folder: "server/http",
    imports: [
      ...useCases,
      thisProcess,
      "server/probes",
      "server/engine",
      "server/turn",
      "server/store",
      ...queueFace,
      ...common,
    ],
    packages: "any",
  },
  {
    folder: "server/own-code",
    imports: ["server/engine/blueprint", "server/tasks", "server/worker/bridge/isolation", ...common],
    packages: "any",
  },
  { folder: "server/local", imports: ["server/store/migrate", "lib"], packages: "any" },
  ...useCases.map(
    (folder): Zone => ({
      folder,
      imports: [...useCases, "server/engine", "server/turn", "server/store", ...queueFace, ...common],
      packages: "any",
    }),
  ),
  { folder: "server", imports: common, packages: "any" },
];

/** Packages that one place alone may import. Type-only imports count too. */
export const ownedPackages: { packages: string[]; owners: string[] }[] = [
  { packages: ["drizzle-orm", "pg"], owners: ["server/store", "test"] },
  { packages: ["ioredis"], owners: ["server/queue", "test"] },
  { packages: ["next", "react", "react-dom"], owners: ["app", "components", "server/main", "server/deps", "test"] },
];

/** Places that may read the environment. */
export const environmentReaders = ["server/config", "server/local", "test"];

/** Files that do something when they start: that is what they are for. */
export const mainFiles = /(^|\/)main\.ts$|^test\/|^samples\/make-samples\.ts$/;

/** Files over 300 lines and functions over 60, each with the reason. Keep it short. */
export const sizeExemptions: { place: string; reason: string }[] = [];
