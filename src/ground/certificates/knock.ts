/** Whether the edges serve a certificate: asked as a client would, by a handshake. */
import { connect } from "node:tls";
import { limits } from "./limits.ts";

export interface Door {
  /** An address of this machine. */
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

/** Gives the SHA-256 fingerprint of what is served there; nothing when nothing is. */
export async function servedFingerprint({
  host,
  port,
  serverName: servername,
}: Door): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // Who it is is what we ask; whether anybody vouches for it is for clients to see.
  const socket = connect({ host, port, servername, rejectUnauthorized: false });
  socket.setTimeout(limits.knockMsMax, () => resolve(undefined));
  socket.once("error", () => resolve(undefined));
  socket.once("close", () => resolve(undefined));
  socket.once("secureConnect", () => resolve(socket.getPeerX509Certificate()?.fingerprint256));
  return await promise.finally(() => socket.destroy());
}
