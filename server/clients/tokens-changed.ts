import type { NoticeBus } from "@/server/queue/contract";
import type { ClientDirectory } from "./client-directory";

/** Who keeps something of the stored tokens in mind. */
export interface TokenListeners {
  clients: Pick<ClientDirectory, "forget">;
  notices: Pick<NoticeBus, "tell">;
}

/** Clients or worker tokens changed: here at once, and in every other process as soon as it hears of it. */
export function tokensChanged({ clients, notices }: TokenListeners): void {
  clients.forget();
  notices.tell("tokens", "");
}
