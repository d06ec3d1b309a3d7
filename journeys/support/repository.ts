/** An author's clone: files, commits and pushes, with real git. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run, type Ran } from "./command.ts";
import { type Push, type Pushed, startPush } from "./push.ts";
import type { Tree } from "./tree.ts";

/** No configuration of the person who runs the journeys, and nobody to ask. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  HOME: tmpdir(),
  LC_ALL: "C.UTF-8",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

export class Repository {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(tree: Tree): Promise<Repository> {
    const repository = new Repository(await mkdtemp(path.join(tmpdir(), "tidegate-author-")));
    await repository.git("init", "--quiet", "--initial-branch=main");
    await repository.commit("First", tree);
    return repository;
  }

  /** Runs git here; a failure throws with what git said. */
  async git(...argv: readonly string[]): Promise<string> {
    const ran = await this.tryGit(...argv);
    if (ran.code !== 0) throw new Error(`git ${argv.join(" ")}: ${ran.stderr}`);
    return ran.stdout.trim();
  }

  async tryGit(...argv: readonly string[]): Promise<Ran> {
    return await run("git", argv, { cwd: this.directory, env: gitEnvironment });
  }

  /** Writes files and commits everything; gives the commit. */
  async commit(subject: string, tree: Tree = {}): Promise<string> {
    for (const [name, content] of Object.entries(tree)) {
      const file = path.join(this.directory, name);
      await mkdir(path.dirname(file), { recursive: true });
      if (content === undefined) await rm(file);
      else await writeFile(file, content);
    }
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", subject);
    return await this.git("rev-parse", "HEAD");
  }

  startPush(...options: readonly string[]): Push {
    return startPush(this.directory, [...options, "tide", "main"], gitEnvironment);
  }

  /** Pushes to the end of what git prints. */
  async push(...options: readonly string[]): Promise<Pushed> {
    return await this.startPush(...options).ended();
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
