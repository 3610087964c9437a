import { thisProcess } from "@/server/this-process";

/** The same API that `server/main.ts` answers natively, for wherever Next alone is hosted. */
const answer = (request: Request) => thisProcess().fetch(request);

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };

export const dynamic = "force-dynamic";
