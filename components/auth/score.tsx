// The picture of the sign-in page: a job as a score, its nodes on five lines, the baton on the step that waits.
// Drawn in fixed colours, since its ground is dark in both themes.

const LINES = [333, 375, 417, 459, 501];
const GROUND = "#0b0f17";
const DONE = "#2dd4bf";
const FAILED = "#f87171";
const WAITING = "#fbbf24";

type Kind = "done" | "failed" | "waiting" | "ahead";
type Point = readonly [x: number, y: number];

const NODES: readonly (readonly [kind: Kind, x: number, y: number])[] = [
  ["done", 70, 501],
  ["done", 150, 459],
  ["done", 230, 417],
  ["done", 318, 333],
  ["done", 318, 375],
  ["done", 318, 417],
  ["failed", 318, 459],
  ["done", 318, 501],
  ["done", 406, 417],
  ["waiting", 486, 375],
  ["ahead", 566, 333],
  ["ahead", 646, 333],
  ["ahead", 566, 459],
];

const TAKEN: readonly (readonly [Point, Point])[] = [
  [
    [70, 501],
    [150, 459],
  ],
  [
    [150, 459],
    [230, 417],
  ],
  ...LINES.map(
    (y) =>
      [
        [230, 417],
        [318, y],
      ] as const,
  ),
  ...[333, 375, 417, 501].map(
    (y) =>
      [
        [318, y],
        [406, 417],
      ] as const,
  ),
  [
    [406, 417],
    [486, 375],
  ],
];

const AHEAD: readonly (readonly [Point, Point])[] = [
  [
    [486, 375],
    [566, 333],
  ],
  [
    [566, 333],
    [646, 333],
  ],
  [
    [486, 375],
    [566, 459],
  ],
];

export function Score() {
  return (
    <svg viewBox="0 0 880 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id="score-baton" x1="0" y1="1" x2="1" y2="0">
          <stop offset="0" stopColor="#fff" />
          <stop offset="1" stopColor="#c9d0db" />
        </linearGradient>
        <linearGradient id="score-fade" x1="0" x2="1">
          <stop offset="0" stopColor={GROUND} />
          <stop offset=".14" stopColor={GROUND} stopOpacity="0" />
          <stop offset=".86" stopColor={GROUND} stopOpacity="0" />
          <stop offset="1" stopColor={GROUND} />
        </linearGradient>
      </defs>
      <rect width="880" height="900" fill={GROUND} />
      {LINES.map((y) => (
        <path key={y} d={`M0 ${y}H880`} stroke="rgb(255 255 255 / .17)" />
      ))}
      <rect width="880" height="900" fill="url(#score-fade)" />
      <g fill="none" stroke="rgb(255 255 255 / .55)" strokeWidth="1.5">
        {TAKEN.map(([from, to]) => (
          <path key={`${from}-${to}`} d={curve(from, to)} />
        ))}
      </g>
      <g fill="none" stroke="rgb(255 255 255 / .3)" strokeWidth="1.25" strokeDasharray="3 4">
        {AHEAD.map(([from, to]) => (
          <path key={`${from}-${to}`} d={curve(from, to)} />
        ))}
      </g>
      {NODES.map(([kind, x, y]) => (
        <g key={`${x}-${y}`} transform={`translate(${x} ${y})`}>
          {MARKS[kind]}
        </g>
      ))}
      <path d="M500.5 358.5 735 128l7 7-239.5 225.5Z" fill="url(#score-baton)" />
      <path d="m729 132 10 10 35-29a13 13 0 0 0-18-19Z" fill="#e3b565" />
    </svg>
  );
}

const MARKS: Record<Kind, React.ReactNode> = {
  done: (
    <>
      <circle r="9" fill={DONE} />
      <path
        d="M-3.6.2-1 2.8l4.8-5"
        fill="none"
        stroke={GROUND}
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  failed: (
    <>
      <rect x="-9" y="-9" width="18" height="18" rx="4" fill={FAILED} />
      <path d="M-3.5-3.5l7 7m0-7l-7 7" stroke={GROUND} strokeWidth="2.4" strokeLinecap="round" />
    </>
  ),
  waiting: (
    <>
      <circle r="17" fill={GROUND} stroke={WAITING} strokeWidth="1.5" strokeDasharray="4 3" />
      <circle r="9" fill={WAITING} />
    </>
  ),
  ahead: <circle r="8.5" fill={GROUND} stroke="rgb(255 255 255 / .42)" strokeWidth="1.5" strokeDasharray="3 3" />,
};

/** Leaves and arrives level, as a phrase does. */
function curve([x1, y1]: Point, [x2, y2]: Point): string {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
