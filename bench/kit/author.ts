/** An author's working copy: real git, commits with a mark that the app's answers carry. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Nothing of the person's own git configuration takes part. */
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Ana",
  GIT_AUTHOR_EMAIL: "ana@example.com",
  GIT_COMMITTER_NAME: "Ana",
  GIT_COMMITTER_EMAIL: "ana@example.com",
};

export interface PushResult {
  readonly tookMs: number;
  readonly isAccepted: boolean;
  readonly output: string;
}

export interface Author extends AsyncDisposable {
  readonly directory: string;
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** Writes files and commits them (or commits nothing new when there are none). */
  readonly commit: (message: string, files?: Readonly<Record<string, string>>) => Promise<string>;
  /** Pushes main; the promise resolves when git has ended. */
  readonly push: (remote: string, ...options: readonly string[]) => Promise<PushResult>;
}

export async function openAuthor(): Promise<Author> {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-bench-author-"));
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run("git", args, { cwd: directory, env: environment });
    return stdout.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  // Housekeeping in the background would take part in the measurement.
  await git("config", "gc.auto", "0");
  await git("config", "maintenance.auto", "false");
  return {
    directory,
    git,
    async commit(message, files = {}) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), text);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "-m", message);
      return await git("rev-parse", "HEAD");
    },
    async push(remote, ...options) {
      const startedAt = performance.now();
      const args = ["push", ...options.flatMap((option) => ["-o", option]), remote, "main"];
      const child = spawn("git", args, { cwd: directory, env: environment });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
      }
      const [code] = await once(child, "close");
      return { tookMs: performance.now() - startedAt, isAccepted: code === 0, output };
    },
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}
