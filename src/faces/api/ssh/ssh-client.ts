/**
 * One connection: unknown until a key that is known here has signed, then for sessions of git and nothing else.
 * Passwords, forwarding, other subsystems: the library refuses what nobody listens for.
 */
import type { Socket } from "node:net";
import type { AuthContext, Connection, PublicKeyAuthContext } from "ssh2";
import ssh2 from "ssh2";
import { some } from "#std";
import type { Actor, Clock, Log, Origin, People } from "#domain";
import type { FailedAttempts } from "../failed-attempts.ts";
import {
  sshAuthRequestsMax,
  sshIdleMsMax,
  sshKeysTriedMax,
  sshSessionsEverMax,
  sshSessionsMax,
  userAgentCharactersMax,
} from "../limits.ts";
import { isSound } from "./algorithms.ts";
import { serveSession, type SessionOptions } from "./ssh-session.ts";

export interface ClientOptions extends Omit<SessionOptions, "socket" | "userName" | "actorNow"> {
  readonly people: SessionOptions["people"] & Pick<People, "admitSshKey">;
  readonly attempts: FailedAttempts;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SshClient {
  readonly socket: Socket;
  /** Whether nothing is under way on it. */
  isIdle(): boolean;
  /** Asks the client to go. */
  end(): void;
}

interface Arrival {
  readonly connection: Connection;
  readonly socket: Socket;
  /** What the client calls itself. */
  readonly software: string;
  /** It has proven who it is. */
  readonly onKnown: () => void;
}

export function serveClient(
  { connection, socket, software, onKnown }: Arrival,
  options: ClientOptions,
): SshClient {
  const origin = originOf(socket, software);
  const state = {
    sessions: 0,
    sessionsEver: 0,
    userName: "",
    key: undefined as Uint8Array | undefined,
  };
  let idle: NodeJS.Timeout | undefined;
  const beIdle = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => connection.end(), sshIdleMsMax).unref();
  };
  const admit = async (key: Uint8Array, isProven: boolean): Promise<Actor | undefined> =>
    await options.people.admitSshKey(key, origin, isProven);

  connection.on("error", (error) => options.log.debug("ssh.connection_failed", { error }));
  listenForKeys(connection, { admit, origin, options }, (key, userName) => {
    Object.assign(state, { key, userName });
    onKnown();
  });
  connection.on("session", (accept, reject) => {
    const { key, userName } = state;
    if (key === undefined || state.sessions >= sshSessionsMax) return reject();
    if (state.sessionsEver >= sshSessionsEverMax) {
      reject();
      return connection.end();
    }
    state.sessions += 1;
    state.sessionsEver += 1;
    clearTimeout(idle);
    const actorNow = async () => await admit(key, true);
    void serve(serveSession(accept(), { ...options, socket, userName, actorNow }));
    return undefined;
  });
  const serve = async (session: Promise<void>): Promise<void> => {
    await session;
    state.sessions -= 1;
    if (state.sessions === 0) beIdle();
  };
  connection.once("ready", beIdle);
  connection.once("close", () => clearTimeout(idle));
  return { socket, isIdle: () => state.sessions === 0, end: () => void connection.end() };
}

interface Judging {
  readonly admit: (key: Uint8Array, isProven: boolean) => Promise<Actor | undefined>;
  readonly origin: Origin;
  readonly options: ClientOptions;
}

/** Until a key that is known here has signed; a stranger may ask so often and try so many. */
function listenForKeys(
  connection: Connection,
  { admit, origin, options }: Judging,
  onProven: (key: Uint8Array, userName: string) => void,
): void {
  let asked = 0;
  let tried = 0;
  const refuse = (context: AuthContext): void => {
    tried += 1;
    context.reject(["publickey"]);
    // One connection is one attempt, however many keys an agent offers; the right one is always let in.
    const waitMs = tried === 1 ? options.attempts.count(origin.address, options.clock.now()) : 0;
    if (waitMs > 0 || tried >= sshKeysTriedMax) connection.end();
  };

  const judge = async (context: PublicKeyAuthContext): Promise<void> => {
    const { key, signature } = context;
    const isKnown = isSound(key.algo, context.hashAlgo) && (await admit(key.data, false));
    if (isKnown === false || isKnown === undefined) return refuse(context);
    if (signature === undefined) return context.accept();
    if (!isSignedBy(context)) return refuse(context);
    if ((await admit(key.data, true)) === undefined) return refuse(context);
    onProven(Uint8Array.from(key.data), context.username);
    return context.accept();
  };

  connection.on("authentication", (context) => {
    asked += 1;
    if (asked > sshAuthRequestsMax) {
      context.reject();
      return connection.end();
    }
    if (context.method !== "publickey") return context.reject(["publickey"]);
    judge(context).catch((error: unknown) => {
      options.log.error("ssh.authentication_failed", { error });
      context.reject(["publickey"]);
    });
    return undefined;
  });
}

function originOf(socket: Socket, software: string): Origin {
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");
  const userAgent = software.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, userAgentCharactersMax);
  return { address, ...some("userAgent", userAgent === "" ? undefined : userAgent) };
}

/** Whether the private half of this key has signed what this connection is about. */
function isSignedBy({ key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  if (blob === undefined || signature === undefined) return false;
  const parsed = ssh2.utils.parseKey(key.data);
  if (parsed instanceof Error || Array.isArray(parsed) || parsed.type !== key.algo) return false;
  // It says that it gives a boolean, and gives an error for a signature that cannot be read.
  const verdict: unknown = parsed.verify(blob, signature, hashAlgo);
  return verdict === true;
}
