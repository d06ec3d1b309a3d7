/** One conversation with `git upload-pack` or `git receive-pack` itself, as over SSH, streamed both ways. */
import type { Readable, Writable } from "node:stream";
import { gitProtocol, send, spawnGit, type GitService, type RunningGit } from "./running-git.ts";

export interface DirectRequest {
  readonly service: GitService;
  /** What the client says, and where it is answered. */
  readonly input: Readable;
  readonly output: Writable;
  /** Absolute path of the program of that name. */
  readonly program: string;
  /** The bare repository. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly address: string;
  /** As the client asked for it; taken only when it is one. */
  readonly protocol?: string | undefined;
  readonly bodyBytesMax: number;
  readonly wallMs: number;
  /** From the start to the client's first word. */
  readonly silentMsMax: number;
  /** Asked at the client's first word, which waits for the answer: whether it may go on. */
  readonly enter: () => Promise<boolean>;
}

export interface RunningDirect extends RunningGit {
  /** Its exit code, once `ended`; nothing when it was killed. */
  readonly exitCode: Promise<number | undefined>;
  /** Whether the client has said anything yet. */
  hasBegun(): boolean;
}

export function startDirect(direct: DirectRequest): RunningDirect {
  const { service, input, output, directory } = direct;
  const strict = service === "git-upload-pack" ? ["--strict"] : [];
  const git = spawnGit(direct.program, [...strict, directory], {
    ...direct.env,
    ...whoEnv(direct),
    ...gitProtocol(direct.protocol),
  });
  const timer = setTimeout(git.kill, direct.wallMs).unref();
  const silence = setTimeout(git.kill, direct.silentMsMax).unref();
  let hasBegun = false;
  const begin = async (): Promise<boolean> => {
    hasBegun = true;
    clearTimeout(silence);
    return await direct.enter();
  };
  output.on("close", () => {
    // What was pushed whole is received whole, whether or not anybody still listens.
    if (service === "git-upload-pack" || !hasBegun) git.kill();
  });
  const take = async (): Promise<void> => {
    const took = await takeIn(input, git.stdin, { bytesMax: direct.bodyBytesMax, begin });
    if (took !== "ended") git.kill();
  };
  void take();
  const answered = passOn(git.stdout, output);
  const end = async (): Promise<void> => {
    await Promise.all([git.gone, answered]);
    clearTimeout(timer);
    clearTimeout(silence);
    git.channel.destroy();
  };
  return {
    channel: git.channel,
    ended: end(),
    exitCode: git.gone,
    kill: git.kill,
    hasBegun: () => hasBegun,
  };
}

/** Who moved a ref, for git's own log of it; `git http-backend` does the same. */
function whoEnv({ actor, address }: DirectRequest): Record<string, string> {
  const name = actor.replaceAll(/[^\w.@-]/g, "_");
  return { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: `${name}@ssh.${address}` };
}

/**
 * Gives git what the client says. Its end is git's end of input, and so is a connection that is lost: git
 * knows by itself whether a push was whole.
 */
async function takeIn(
  input: Readable,
  stdin: Writable,
  { bytesMax, begin }: { readonly bytesMax: number; readonly begin: () => Promise<boolean> },
): Promise<"ended" | "refused" | "too_large"> {
  let bytes = 0;
  stdin.on("error", () => undefined);
  try {
    // Its end is not the end of what it is told: the same stream may go the other way.
    for await (const chunk of input.iterator({ destroyOnReturn: false })) {
      if (bytes === 0 && !(await begin())) return "refused";
      bytes += Buffer.byteLength(chunk);
      if (bytes > bytesMax) return "too_large";
      await send(stdin, Buffer.from(chunk));
    }
  } catch {
    // Cut off: the same as its end.
  }
  stdin.end();
  return "ended";
}

/** Drops bytes once nobody listens. */
async function passOn(stdout: Readable, output: Writable): Promise<void> {
  try {
    for await (const chunk of stdout) await send(output, Buffer.from(chunk));
  } catch {
    // The pipe of a killed process: its exit says what is left to say.
  }
}
