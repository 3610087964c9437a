/** What the threads of piscina run. */
export default (input: unknown): unknown => input;
