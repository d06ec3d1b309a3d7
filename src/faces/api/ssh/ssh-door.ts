/**
 * Git over SSH. Keys are the only way in, git's two services the only thing there is; every operation is held
 * against the permissions as over HTTP. The protocol is the library's; who may speak it, how many and for how
 * long is decided here.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Server as SshServer } from "ssh2";
import { networkOf, some } from "#std";
import type { Log } from "#domain";
import { failedAttempts } from "../failed-attempts.ts";
import {
  closeGraceMs,
  sshConnectionsMax,
  sshHandshakeMsMax,
  sshStrangersMax,
  sshStrangersPerAddressMax,
} from "../limits.ts";
import type { HostKey } from "./host-key.ts";
import type { ClientOptions, SshClient } from "./ssh-client.ts";

export interface SshDoorOptions extends Omit<ClientOptions, "attempts"> {
  readonly hostKey: HostKey;
}

export interface SshDoor {
  /** Without a host, on every address of the machine. Rejects with the cause, such as EADDRINUSE. */
  listen(where: {
    readonly host: string | undefined;
    readonly port: number;
  }): Promise<{ readonly port: number }>;
  /** Takes nobody more, lets idle clients go, and cuts what is left after a few seconds. */
  close(): void;
  /** Resolves when all connections are gone, which `close` sees to. */
  readonly gone: Promise<void>;
}

export function openSshDoor(options: SshDoorOptions): SshDoor {
  const attempts = failedAttempts();
  const strangers = new Set<Socket>();
  const clients = new Map<Socket, SshClient | undefined>();
  const gone = Promise.withResolvers<void>();
  let isClosing = false;
  // Told by the library once the client has said what it is; the socket is the one handed in just below.
  const arriving = new Map<string, Socket>();
  // Loaded with the first who comes: where nobody does, 17 MB are saved.
  const speak = async (): Promise<SshServer> => {
    const { openProtocol, serveClient } = await import("./ssh-protocol.ts");
    return openProtocol(options.hostKey, (connection, { ip, port, header }) => {
      const socket = arriving.get(keyOf(ip, port));
      if (socket === undefined || isClosing) {
        connection.end();
        return;
      }
      const onKnown = () => void strangers.delete(socket);
      const arrival = { connection, socket, software: header.versions.software, onKnown };
      clients.set(socket, serveClient(arrival, { ...options, attempts }));
    });
  };
  let speaking: Promise<SshServer> | undefined;
  const hand = async (socket: Socket): Promise<void> => {
    speaking ??= speak();
    const protocol = await speaking;
    if (!socket.destroyed) protocol.injectSocket(socket);
  };
  const server = createServer((socket) => {
    const isFull = clients.size >= sshConnectionsMax || areMany(strangers, socket.remoteAddress);
    if (isFull || isClosing) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket.remoteAddress, socket.remotePort);
    strangers.add(socket);
    clients.set(socket, undefined);
    arriving.set(key, socket);
    const late = setTimeout(() => {
      if (strangers.has(socket)) socket.destroy();
    }, sshHandshakeMsMax).unref();
    socket.setNoDelay(true).on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(late);
      strangers.delete(socket);
      clients.delete(socket);
      arriving.delete(key);
      if (isClosing && clients.size === 0) gone.resolve();
    });
    hand(socket).catch((error: unknown) => {
      speaking = undefined; // for the next who comes it is loaded anew
      options.log.error("ssh.protocol_failed", { error });
      socket.destroy();
    });
  });
  return {
    listen: async (where) => await listen(server, where, options.log),
    close() {
      isClosing = true;
      server.close();
      letGo(clients);
      if (clients.size === 0) gone.resolve();
      setTimeout(() => {
        for (const socket of clients.keys()) socket.destroy();
        gone.resolve();
      }, closeGraceMs).unref();
    },
    gone: gone.promise,
  };
}

/** Those who are doing nothing; the others may end what they do. */
function letGo(clients: ReadonlyMap<Socket, SshClient | undefined>): void {
  for (const [socket, client] of clients) {
    if (client === undefined) socket.destroy();
    else if (client.isIdle()) client.end();
  }
}

async function listen(
  server: Server,
  { host, port }: Parameters<SshDoor["listen"]>[0],
  log: Log,
): Promise<{ readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...some("host", host), port }, () => {
      server.off("error", reject);
      server.on("error", (error) => log.error("ssh.listen_failed", { error }));
      resolve();
    });
  });
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : port };
}

function keyOf(address: string | undefined, port: number | undefined): string {
  return `${address} ${port}`;
}

/** Of all, or of one network: whoever has a network has all its addresses. */
function areMany(strangers: ReadonlySet<Socket>, address = ""): boolean {
  const network = networkOf(address);
  let count = 0;
  for (const { remoteAddress = "" } of strangers) {
    if (networkOf(remoteAddress) === network) count += 1;
  }
  return strangers.size >= sshStrangersMax || count >= sshStrangersPerAddressMax;
}
