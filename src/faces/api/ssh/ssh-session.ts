/** One session of somebody who has proven a key: git for one app, or a line that says that there is nothing else. */
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { ServerChannel, Session } from "ssh2";
import type { Result } from "#std";
import { signed, type Actor, type AppName, type By, type Log } from "#domain";
import { gitRefusal, noSuchApp } from "../git-access.ts";
import type { Keepers } from "../guard.ts";
import { sshHandshakeMsMax, sshInboundBytesMax } from "../limits.ts";
import { problemOf } from "../problems.ts";
import { paced } from "./paced.ts";
import { parseSshCommand, type SshCommand } from "./ssh-command.ts";

/** Leads a conversation of git's to its end, and gives its exit code; or a sentence why there is none. */
export interface GitConversations {
  converse(conversation: {
    readonly app: AppName;
    readonly actor: string;
    readonly by?: By;
    readonly service: "git-upload-pack" | "git-receive-pack";
    readonly input: Readable;
    readonly output: Writable;
    readonly address: string;
    readonly protocol?: string | undefined;
  }): Promise<Result<number, { readonly text: string }>>;
}

export interface SessionOptions extends Keepers {
  readonly git: GitConversations;
  readonly log: Log;
  /** How the instance is reached: `ssh://git@tidegate.example.org:7422`. */
  readonly url: string;
  readonly socket: Socket;
  /** The user name in the address. */
  readonly userName: string;
  /** Who they are at this moment, by the key they came with; nobody when it has ended. */
  readonly actorNow: () => Promise<Actor | undefined>;
}

/** Resolves when the session has ended, however. */
export async function serveSession(session: Session, options: SessionOptions): Promise<void> {
  let protocol: string | undefined;
  session.on("env", (accept, reject, { key, val }) => {
    if (key !== "GIT_PROTOCOL") return reject?.();
    protocol = val;
    return accept?.();
  });
  const ended = Promise.withResolvers<void>();
  // One that never says what it wants would hold its connection for ever.
  const late = setTimeout(() => options.socket.destroy(), sshHandshakeMsMax).unref();
  session.once("close", () => {
    clearTimeout(late);
    ended.resolve();
  });
  // One of them once: of a session that has begun the library gives no second channel.
  const begin = (accept: () => ServerChannel): ServerChannel => {
    clearTimeout(late);
    session.removeAllListeners("shell").removeAllListeners("exec");
    return accept();
  };
  session.once("shell", (accept) => {
    void answer(begin(accept), options, async () => await greet(options));
  });
  session.once("exec", (accept, _reject, { command }) => {
    const channel = begin(accept);
    void answer(channel, options, async () => await obey(command, channel, { options, protocol }));
  });
  await ended.promise;
}

/** A sentence for standard error, or git's own exit code. */
type Outcome = { readonly text: string } | { readonly exitCode: number };

async function answer(
  channel: ServerChannel,
  { log, socket }: SessionOptions,
  work: () => Promise<Outcome>,
): Promise<void> {
  watchWindow(channel, socket);
  // What breaks a connection is told by its end.
  channel.on("error", () => undefined);
  let outcome: Outcome;
  try {
    outcome = await work();
  } catch (error) {
    log.error("ssh.session_failed", { error });
    outcome = { text: "tidegate: internal error; the server's log says more\n" };
  }
  if ("text" in outcome) channel.stderr.write(outcome.text);
  channel.exit("exitCode" in outcome ? outcome.exitCode : 1);
  channel.end();
}

/** Who sends more than they were given leave to is cut off: the library would keep all of it. */
function watchWindow(channel: ServerChannel, socket: Socket): void {
  const look = (): void => {
    if (channel.readableLength > sshInboundBytesMax) socket.destroy();
  };
  socket.on("data", look);
  channel.once("close", () => socket.off("data", look));
}

async function greet({ actorNow, url }: SessionOptions): Promise<Outcome> {
  const actor = await actorNow();
  if (actor === undefined) return unknownNow;
  return {
    text: `Hello ${actor.name}: this is Tidegate, which takes git over SSH, and gives no shell.\nnext: git clone ${url}/APP.git\n`,
  };
}

const unknownNow = {
  text: "tidegate: this key is known here no longer\nnext: tidegate ssh-key add\n",
};

interface Given {
  readonly options: SessionOptions;
  readonly protocol: string | undefined;
}

async function obey(text: string, channel: ServerChannel, given: Given): Promise<Outcome> {
  const { url, userName } = given.options;
  const command = parseSshCommand(text);
  if (command.kind === "other") {
    return {
      text: `tidegate: only git fetch and git push are served here, for ${url}/APP.git\nnext: git ls-remote ${url}/APP.git\n`,
    };
  }
  if (userName !== "git") {
    return {
      text: `tidegate: the user name in the address is git: whose key it is says who comes\nnext: git remote set-url tide ${url}/${command.name}.git\n`,
    };
  }
  return await serveGit(command, channel, given);
}

/** The rights of this moment, not of the connection's beginning: it may have been open for long. */
async function serveGit(
  { app, name, service }: Extract<SshCommand, { readonly kind: "git" }>,
  channel: ServerChannel,
  { options, protocol }: Given,
): Promise<Outcome> {
  const actor = await options.actorNow();
  if (actor === undefined) return unknownNow;
  if (app === undefined) return { text: noSuchApp(name) };
  const allowed = await gitRefusal({ app, isPush: service === "git-receive-pack", actor }, options);
  if (!allowed.ok) {
    if (allowed.error === undefined) return { text: noSuchApp(name) };
    const { detail, next } = problemOf(allowed.error, "none");
    return { text: `tidegate: ${detail}\nnext: ${next}\n` };
  }
  const output = paced(channel, options.socket);
  // A client that leaves ends it; git knows what it has by then.
  output.on("error", () => undefined);
  const ended = await options.git.converse({
    app,
    ...signed(actor),
    service,
    input: channel,
    output,
    address: actor.origin?.address ?? "",
    protocol,
  });
  await new Promise<void>((resolve) => {
    output.once("close", resolve);
    output.end(resolve);
  });
  return ended.ok ? { exitCode: ended.value } : { text: `tidegate: ${ended.error.text}` };
}
