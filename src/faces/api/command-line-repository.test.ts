/** What commands do in an author's own repository, and what they say of it; git is real. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Api } from "./create-api.ts";
import { runProgram, type Ran } from "./run-program.testing.ts";
import { shopApi } from "./shop-api.testing.ts";
import { shopAt, shopToken } from "./shop.testing.ts";

const tidegate = fileURLToPath(new URL("../../../bin/tidegate", import.meta.url));

let api: Api;
let url: string;
let directory: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "tidegate-git-"));
  api = await shopApi(shopAt(Date.now()));
  ({ url } = await api.listen());
});
after(async () => {
  await api.close();
  await rm(directory, { recursive: true, force: true });
});

interface Around {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

const alone = () => ({
  PATH: process.env["PATH"] ?? "",
  HOME: directory,
  TIDEGATE_DATA: directory,
});
const connected = () => ({ ...alone(), TIDEGATE_URL: url, TIDEGATE_TOKEN: shopToken });

async function run(
  words: readonly string[],
  { cwd, env = connected(), program = tidegate }: Around,
): Promise<Ran> {
  return await runProgram(program, words, { cwd, env });
}

const git = (cwd: string, ...words: readonly string[]) => run(words, { cwd, program: "git" });

async function repository(): Promise<string> {
  const cwd = await mkdtemp(path.join(directory, "repo-"));
  await git(cwd, "init", "--quiet", "--initial-branch=main");
  return cwd;
}

const ana = ["-c", "user.name=Ana", "-c", "user.email=ana@example.test"];
async function commit(cwd: string): Promise<void> {
  await git(cwd, "add", "--all");
  const made = await git(cwd, ...ana, "commit", "--quiet", "--allow-empty", "--message", "A shop");
  assert.equal(made.exitCode, 0, made.stderr);
}

test("link: git finds the remote, the notes and the token, and nothing secret is in the repository", async () => {
  const cwd = await mkdtemp(path.join(directory, "re po's-"));
  await git(cwd, "init", "--quiet");
  const linked = await run(["link", "shop"], { cwd });
  assert.equal(linked.exitCode, 0, linked.stderr);
  await run(["link", "shop"], { cwd });

  assert.equal(
    (await git(cwd, "remote", "get-url", "tide")).stdout,
    "http://127.0.0.1:7420/git/shop.git\n",
  );
  const fetches = (await git(cwd, "config", "--get-all", "remote.tide.fetch")).stdout
    .trim()
    .split("\n");
  assert.deepEqual(fetches, [
    "+refs/heads/*:refs/remotes/tide/*",
    "+refs/notes/tidegate*:refs/notes/tidegate*",
  ]);
  assert.ok(!(await readFile(path.join(cwd, ".git", "config"), "utf8")).includes(shopToken));
  const file = path.join(directory, ".config", "tidegate", "git-credentials");
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  const fill = spawn("git", ["credential", "fill"], {
    cwd,
    env: { ...connected(), GIT_TERMINAL_PROMPT: "0" },
  });
  fill.stdin.end("protocol=http\nhost=127.0.0.1:7420\n\n");
  let filled = "";
  for await (const chunk of fill.stdout) filled += String(chunk);
  assert.match(filled, new RegExp(`username=tidegate\npassword=${shopToken}`));

  const named = await run(["app", "show", "--json"], { cwd });
  assert.equal(JSON.parse(named.stdout).name, "shop", "the remote names the app");
});

test("link: outside of a repository says so", async () => {
  const ran = await run(["link", "shop"], { cwd: "/" });
  assert.equal(ran.exitCode, 2);
  assert.match(ran.stderr, /^tidegate: \/ is not in a git repository\nnext: git init/);
});

test("plan: needs no instance, and says what it looked for when there is no app", async () => {
  const empty = await mkdtemp(path.join(directory, "empty-"));
  const ran = await run(["plan", "."], { cwd: empty, env: alone() });
  assert.equal(ran.exitCode, 1);
  assert.match(
    ran.stderr,
    /^tidegate: nothing says how to run this; looked for .*\nnext: add a file named Procfile/,
  );
  await writeFile(path.join(empty, "index.html"), "<h1>hello</h1>");
  const found = await run(["plan", "--json"], { cwd: empty, env: alone() });
  assert.equal(JSON.parse(found.stdout).stack, "static");
});

const gitUrl = "http://127.0.0.1:7420/git/shop.git";

test("link: where nothing is committed yet, a commit comes before the push", async () => {
  const cwd = await repository();
  const early = await run(["link", "shop"], { cwd });
  assert.equal(
    early.stderr,
    "nothing is committed here\nnext: git commit, then git push tide main\n",
  );
  await commit(cwd);
  assert.equal((await run(["link", "shop"], { cwd })).stderr, "next: git push tide main\n");
});

test("link: where there is no branch of the name that is delivered, the push names both", async () => {
  const cwd = await repository();
  await git(cwd, "symbolic-ref", "HEAD", "refs/heads/master");
  await commit(cwd);
  assert.equal((await run(["link", "shop"], { cwd })).stderr, "next: git push tide master:main\n");
  await git(cwd, "branch", "main");
  assert.equal((await run(["link", "shop"], { cwd })).stderr, "next: git push tide main\n");
});

test("link: that pushes went to another app until now is said, once", async () => {
  const cwd = await repository();
  await commit(cwd);
  const other = "http://127.0.0.1:7420/git/blog.git";
  await git(cwd, "remote", "add", "tide", other);
  const moved = await run(["link", "shop"], { cwd });
  const said = `the remote tide led to ${other} until now; pushes go to ${gitUrl} instead\n`;
  assert.equal(moved.stderr, `${said}next: git push tide main\n`);
  assert.equal((await run(["link", "shop"], { cwd })).stderr, "next: git push tide main\n");
});

test("link: what is secret in the address of before is not said", async () => {
  const cwd = await repository();
  await commit(cwd);
  await git(cwd, "remote", "add", "tide", "https://ana:s3cret@tok@elsewhere.example/git/shop.git");
  const preview = await run(["link", "shop", "--dry-run"], { cwd });
  const moved = await run(["link", "shop"], { cwd });
  for (const said of [preview.stdout + preview.stderr, moved.stdout + moved.stderr]) {
    assert.match(said, /https:\/\/elsewhere\.example\/git\/shop\.git/);
    assert.doesNotMatch(said, /ana|s3cret|tok@/);
  }
});

const uncommitted = (are: string): string =>
  `${are} not committed: the plan is of what is here, a push of what is committed\n` +
  "next: git commit what is to be delivered\n";

test("plan: what is not committed is in it and in no push, which is said beside it", async () => {
  const cwd = await repository();
  await writeFile(path.join(cwd, "index.html"), "<h1>hello</h1>");
  const plan = async () => await run(["plan", "--json"], { cwd, env: alone() });
  assert.equal((await plan()).stderr, uncommitted("1 file here is"));
  await commit(cwd);
  assert.equal((await plan()).stderr, "");
  await writeFile(path.join(cwd, "index.html"), "<h1>hello again</h1>");
  await writeFile(path.join(cwd, "about.html"), "<h1>about</h1>");
  const ran = await plan();
  assert.equal(ran.stderr, uncommitted("2 files here are"));
  assert.equal(JSON.parse(ran.stdout).stack, "static");
});

test("plan: where more is not committed than git is listened to, it is said that it is much", async () => {
  const cwd = await repository();
  await writeFile(path.join(cwd, "index.html"), "<h1>hello</h1>");
  const deep = path.join(cwd, "d".repeat(250));
  await mkdir(deep);
  for (let index = 0; index < 2_200; index += 1) {
    await writeFile(path.join(deep, `${index}-${"f".repeat(240)}`), "");
  }
  const { stderr } = await run(["plan", "--json"], { cwd, env: alone() });
  assert.match(stderr, /^at least 2,\d{3} files here are not committed: /);
});

async function pathOpened(cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(["open"], { cwd });
  assert.equal(exitCode, 0, stderr);
  return new URL(stdout.trim()).pathname;
}

test("open: leads to the app that is linked here, elsewhere and without one to the first page", async () => {
  const cwd = await repository();
  assert.equal(await pathOpened(cwd), "/");
  await git(cwd, "remote", "add", "tide", `${url}/git/shop.git`);
  assert.equal(await pathOpened(cwd), "/apps/shop");
  await git(cwd, "remote", "set-url", "tide", `${url}/git/gone.git`);
  assert.equal(await pathOpened(cwd), "/");
});
