/** The library's part, in a file that is loaded when the first client comes. */
import ssh2, { type ClientInfo, type Connection, type Server } from "ssh2";
import { algorithms } from "./algorithms.ts";
import type { HostKey } from "./host-key.ts";

export { serveClient } from "./ssh-client.ts";

/** Speaks SSH on sockets that are handed in; it does not listen by itself. */
export function openProtocol(
  { privateKey }: HostKey,
  onConnection: (connection: Connection, info: ClientInfo) => void,
): Server {
  return new ssh2.Server({ hostKeys: [privateKey], ident: "Tidegate", algorithms }, onConnection);
}
