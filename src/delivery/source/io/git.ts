/** System git: its environment, and commands that answer a question. Always argv, never a shell. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AppName } from "#domain";
import { type CheckLimits, gitCommandMsMax, gitOutputBytesMax } from "../limits.ts";

/** Where things are below the data directory. */
export interface GitPlaces {
  readonly root: string;
  readonly hooks: string;
  readonly trash: string;
}

export function gitPlaces(dataDir: string): GitPlaces {
  const root = join(dataDir, "git");
  return { root, hooks: join(root, "hooks"), trash: join(root, "trash") };
}

export function repositoryOf(places: GitPlaces, app: AppName): string {
  return join(places.root, `${app}.git`);
}

/**
 * The whole environment of a git process. All settings travel here and none lives in a repository's
 * own config: an upgrade takes effect at once everywhere, and nothing on the machine can change them.
 */
export function gitEnv(
  places: GitPlaces,
  app: AppName,
  limits: CheckLimits,
): Readonly<Record<string, string>> {
  const settings: readonly (readonly [string, string])[] = [
    // The data directory may belong to another uid than ours.
    ["safe.directory", repositoryOf(places, app)],
    ["core.hooksPath", places.hooks],
    ["core.logAllRefUpdates", "true"],
    // An acknowledged push survives a power cut: objects and refs reach the disk before the answer.
    ["core.fsync", "committed,loose-object,reference"],
    ["core.fsyncMethod", "batch"],
    ["protocol.allow", "never"],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["http.receivepack", "true"],
    ["http.uploadpack", "true"],
    ["receive.autogc", "false"],
    ["receive.updateServerInfo", "false"],
    ["receive.advertisePushOptions", "true"],
    ["receive.maxInputSize", String(limits.pushBytesMax)],
    ["receive.fsckObjects", "true"],
    // Faults that old, honest histories have and that harm nobody.
    ["receive.fsck.badTimezone", "warn"],
    ["receive.fsck.missingSpaceBeforeDate", "warn"],
    ["receive.fsck.missingSpaceBeforeEmail", "warn"],
    ["receive.fsck.zeroPaddedFilemode", "warn"],
    ["uploadpack.allowFilter", "true"],
  ];
  return {
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: places.root,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_CEILING_DIRECTORIES: places.root,
    GIT_DIR: repositoryOf(places, app),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Where git's own programs are: starting one through `git` costs one more process for every request. */
export async function gitPrograms(): Promise<string> {
  const { stdout } = await promisify(execFile)("git", ["--exec-path"], { encoding: "utf8" });
  return stdout.trim();
}

/** A git command that did not do what only a damaged disk or a bug can prevent. */
export class GitFailed extends Error {
  override readonly name = "GitFailed";
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | undefined, stderr: string) {
    super(`git ${argv[0]} failed (${exitCode ?? "no exit code"}): ${stderr.slice(0, 500)}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

interface ReadBounds {
  readonly bytesMax: number;
  readonly msMax?: number;
}

/**
 * Runs a git command and gives the first `bytesMax` of what it wrote: it is ended when there is more. Throws
 * `GitFailed` when it fails by itself or does not end in time, and the system's error when it cannot be begun.
 */
export async function readGit(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  { bytesMax, msMax = gitCommandMsMax }: ReadBounds,
): Promise<{ readonly output: Buffer; readonly isCut: boolean }> {
  const child = spawn("git", argv, {
    env,
    cwd: env["HOME"],
    stdio: ["ignore", "pipe", "pipe"],
    timeout: msMax,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "close");
  // It is waited for below; until then nobody hears of a failure, which would end this process.
  ended.catch(() => undefined);
  // No process could be begun, as when there are too many: then it has no streams either.
  if (child.pid === undefined) await ended;
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text.slice(0, 2_000)));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of child.stdout) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > bytesMax) break;
  }
  const isCut = size > bytesMax;
  if (isCut) child.kill("SIGKILL");
  await ended;
  if (!isCut && child.exitCode !== 0)
    throw new GitFailed(argv, child.exitCode ?? undefined, stderr);
  return { output: Buffer.concat(chunks).subarray(0, bytesMax), isCut };
}

/** Runs a git command to its end and gives what it wrote; throws `GitFailed` otherwise. */
export function runGit(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  input?: string,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = execFile(
      "git",
      [...argv],
      {
        env,
        cwd: env["HOME"],
        encoding: "buffer",
        maxBuffer: gitOutputBytesMax,
        timeout: gitCommandMsMax,
        killSignal: "SIGKILL",
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else {
          const code = typeof error.code === "number" ? error.code : undefined;
          reject(new GitFailed(argv, code, stderr.toString("utf8") || error.message));
        }
      },
    );
    // A command that does not read its input closes it: its exit code tells what happened.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
