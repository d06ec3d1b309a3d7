/** Whether a request came over TLS: by its socket, and never by what it says. */
import type { IncomingMessage } from "node:http";

export function isOverTls({ socket }: Pick<IncomingMessage, "socket">): boolean {
  return "encrypted" in socket;
}
