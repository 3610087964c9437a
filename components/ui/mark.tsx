/** The mark: a baton that is the stem of a b, its bowl a node. Not smaller than 16 px. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path d="M18.3 1.6 20.1 2.1 12.4 28.4A3 3 0 1 1 6.7 26.7Z" fill="currentColor" />
      <path d="M14.6 13.2A7.9 7.9 0 1 1 12.6 24" fill="none" stroke="currentColor" strokeWidth="2.8" />
      <circle cx="19" cy="19.4" r="2.5" fill="var(--brass)" />
    </svg>
  );
}
