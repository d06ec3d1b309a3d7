/** A process of git that serves one client, with its socket pair to our hooks, and how bytes go to and from it. */
import { spawn, type ChildProcess } from "node:child_process";
import { Duplex, type Readable, type Writable } from "node:stream";
import { channelFd } from "./hooks.ts";

export type GitService = "git-upload-pack" | "git-receive-pack";

export interface RunningGit {
  /** The socket pair to the hooks. */
  readonly channel: Duplex;
  /** Resolves when git is gone and its output was passed on or dropped; never rejects. */
  readonly ended: Promise<void>;
  /** Kills git and all it started. */
  readonly kill: () => void;
}

export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly channel: Duplex;
  /** Its exit code; nothing when it was killed or never began. */
  readonly gone: Promise<number | undefined>;
  readonly kill: () => void;
}

export function spawnGit(
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): GitProcess {
  // Its own process group, so that a kill reaches index-pack and the hooks too.
  const child = spawn(program, argv, {
    env: { ...env, TIDEGATE_CHANNEL: String(channelFd) },
    cwd: env["HOME"],
    stdio: ["pipe", "pipe", "ignore", "pipe"],
    detached: true,
  });
  const { stdin, stdout } = child;
  const channel = child.stdio[channelFd];
  if (stdin === null || stdout === null || !(channel instanceof Duplex)) {
    throw new TypeError("pipes were asked for");
  }
  const gone = new Promise<number | undefined>((resolve) => {
    child
      .on("error", () => resolve(undefined))
      .on("exit", (code) => resolve(code === null ? undefined : code));
  });
  return { stdin, stdout, channel, gone, kill: () => killGroup(child) };
}

/** Only what a git client says: `version=2`, and keys separated by colons. */
export function gitProtocol(text: unknown): Record<string, string> {
  return typeof text === "string" && /^[a-z0-9=:.-]{1,64}$/i.test(text)
    ? { GIT_PROTOCOL: text }
    : {};
}

/** Writes, and waits while the other side has enough; drops what nobody takes any more. */
export async function send(stream: Writable, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || stream.destroyed || !stream.writable || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}

function killGroup(child: ChildProcess): void {
  // Once its leader was reaped the number may be somebody else's.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Gone already, which is what was wanted.
  }
}
