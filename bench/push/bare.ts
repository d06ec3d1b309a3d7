/**
 * The bare floor: what the same push costs with nothing between. `git push` to a bare repository over
 * the file transport, a checkout beside the last one, the start, the first 200.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Author } from "../kit/author.ts";
import { freePort } from "../kit/platform.ts";
import { firstAnswerWith, openVisitor } from "../kit/visitor.ts";

const run = promisify(execFile);

export interface BareFloor extends AsyncDisposable {
  readonly remote: string;
  /** Milliseconds from the start of `git push` to the first 200 with the mark. */
  readonly deliverNode: (mark: string) => Promise<number>;
  /** Milliseconds from the start of `git push` to the end of the checkout: a file server needs no start. */
  readonly deliverStatic: () => Promise<number>;
}

export async function openBareFloor(author: Author, isNode: boolean): Promise<BareFloor> {
  const home = await mkdtemp(join(tmpdir(), "tidegate-bare-"));
  const remote = join(home, "app.git");
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  await author.git("remote", "add", "bare", `file://${remote}`);
  const installed = join(home, "installed");
  if (isNode) await install(author, installed);
  let running: ChildProcess | undefined;
  let count = 0;

  async function checkedOut(): Promise<string> {
    const tree = join(home, `tree-${(count += 1)}`);
    await mkdir(tree);
    const pushed = await author.push("bare");
    if (!pushed.isAccepted) throw new Error(pushed.output);
    await run("git", [`--git-dir=${remote}`, `--work-tree=${tree}`, "checkout", "--force", "main"]);
    return tree;
  }

  return {
    remote,
    async deliverNode(mark) {
      const port = await freePort();
      using visitor = openVisitor("127.0.0.1", port);
      const startedAt = performance.now();
      const tree = await checkedOut();
      await symlink(join(installed, "node_modules"), join(tree, "node_modules"));
      const env = { ...process.env, PORT: String(port) };
      const next = spawn(process.execPath, ["server.js"], { cwd: tree, env, stdio: "ignore" });
      const tookMs = await firstAnswerWith(mark, visitor, { startedAt });
      await stop(running);
      running = next;
      return tookMs;
    },
    async deliverStatic() {
      const startedAt = performance.now();
      await checkedOut();
      return performance.now() - startedAt;
    },
    async [Symbol.asyncDispose]() {
      await stop(running);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function install(author: Author, directory: string): Promise<void> {
  await mkdir(directory);
  for (const name of ["package.json", "package-lock.json"]) {
    await run("cp", [join(author.directory, name), directory]);
  }
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: directory });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
