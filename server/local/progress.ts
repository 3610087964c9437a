/** Told one short line each time a long step begins, e.g. "Fetching Redis (about 2 MB)". */
export type Progress = (line: string) => void;

export const silent: Progress = () => undefined;
