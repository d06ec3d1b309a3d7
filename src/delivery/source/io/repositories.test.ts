import assert from "node:assert/strict";
import { mkdir, readFile, readdir, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { assert as must } from "#std";
import { parseObjectId, type ObjectId } from "#domain";
import { diffPatchBytesMax, readerObjectBytesMax } from "../limits.ts";
import {
  appName,
  createClient,
  startTestServer,
  temporaryDirectory,
  type Client,
  type TestServer,
} from "./git-server.testing.ts";

const shop = appName("shop");
const deadline = { timeout: 60_000 };

function oid(text: string): ObjectId {
  const parsed = parseObjectId(text);
  must(parsed.ok, text);
  return parsed.value;
}

interface Stand extends AsyncDisposable {
  readonly path: string;
  readonly host: TestServer["host"];
  readonly client: Client;
  /** A client inside the bare repository: objects that no push would bring. */
  readonly inside: Client;
}

async function stand(): Promise<Stand> {
  const directory = await temporaryDirectory();
  const server = await startTestServer({ dataDir: join(directory.path, "data") });
  await server.host.create(shop);
  const client = await createClient(join(directory.path, "work"), server.url(shop));
  const inside = {
    ...client,
    run: (argv: readonly string[], input?: string) =>
      client.run([`--git-dir=${join(directory.path, "data/git/shop.git")}`, ...argv], input),
  };
  return {
    path: directory.path,
    host: server.host,
    client,
    inside,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Stores a tree with exactly these entries, whatever git thinks of them. */
async function evilTree(
  at: Stand,
  entries: readonly (readonly [mode: string, name: string, oid: string])[],
): Promise<ObjectId> {
  const bytes = Buffer.concat(
    entries.flatMap(([mode, name, id]) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(id, "hex"),
    ]),
  );
  const file = join(at.path, "tree.bin");
  await writeFile(file, bytes);
  const argv = ["hash-object", "-w", "-t", "tree", "--literally", file];
  return oid((await at.inside.run(argv)).stdout.trim());
}

async function blob(at: Stand, text: string): Promise<string> {
  return (await at.inside.run(["hash-object", "-w", "--stdin"], text)).stdout.trim();
}

test(
  "checkout: files, modes, links, large and empty files come out as git has them",
  deadline,
  async () => {
    await using at = await stand();
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const largeText = Buffer.concat(
      Array.from({ length: readerObjectBytesMax / 65_536 + 1 }, () => large),
    );
    await at.client.write("src/deep/a.js", "a\n");
    await at.client.write("empty", "");
    await at.client.write("größe.txt", "ö");
    await at.client.write("large.bin", largeText);
    await at.client.write("run.sh", "#!/bin/sh\n");
    await at.client.git("update-index", "--add", "--chmod=+x", "run.sh");
    await at.client.run(["config", "core.symlinks", "true"]);
    const link = (await at.client.run(["hash-object", "-w", "--stdin"], "../empty")).stdout.trim();
    await at.client.git("add", "--all");
    await at.client.git("update-index", "--add", "--cacheinfo", `120000,${link},src/link`);
    await at.client.git("update-index", "--chmod=+x", "run.sh");
    await at.client.git("commit", "--quiet", "--message", "All");
    const tree = oid(await at.client.git("rev-parse", "HEAD^{tree}"));
    await at.client.git("push", "tide", "main");
    const target = join(at.path, "out/release");
    assert.deepEqual(await at.host.checkout(shop, tree, target), { ok: true, value: undefined });
    assert.equal(await readFile(join(target, "src/deep/a.js"), "utf8"), "a\n");
    assert.equal(await readFile(join(target, "größe.txt"), "utf8"), "ö");
    assert.equal((await stat(join(target, "empty"))).size, 0);
    assert.ok(largeText.equals(await readFile(join(target, "large.bin"))));
    assert.equal((await stat(join(target, "run.sh"))).mode & 0o777, 0o755);
    assert.equal((await stat(join(target, "empty"))).mode & 0o777, 0o644);
    assert.equal(await readlink(join(target, "src/link")), "../empty");
    assert.equal((await readdir(target, { recursive: true })).length, 8);
  },
);

interface Hostile {
  readonly claim: string;
  readonly entries: (
    at: Stand,
  ) => Promise<readonly (readonly [mode: string, name: string, oid: string])[]>;
}

const hostile: readonly Hostile[] = [
  {
    claim: "a name with a slash that climbs out",
    entries: async (at) => [["100644", "../escaped", await blob(at, "x")]],
  },
  {
    claim: "an absolute name",
    entries: async (at) => [["100644", "/tmp/tidegate-escaped", await blob(at, "x")]],
  },
  {
    claim: "a directory called ..",
    entries: async (at) => [
      ["40000", "..", await evilTree(at, [["100644", "escaped", await blob(at, "x")]])],
    ],
  },
  {
    claim: "a directory called .git",
    entries: async (at) => [
      ["40000", ".git", await evilTree(at, [["100644", "config", await blob(at, "x")]])],
    ],
  },
  {
    claim: "a symlink to an absolute path",
    entries: async (at) => [["120000", "link", await blob(at, "/etc/passwd")]],
  },
  {
    claim: "a symlink that climbs out",
    entries: async (at) => [["120000", "link", await blob(at, "a/../../x")]],
  },
  {
    claim: "a symlink with an endless target",
    entries: async (at) => [["120000", "link", await blob(at, "x".repeat(5000))]],
  },
];

for (const { claim, entries } of hostile) {
  test(`checkout: ${claim} is refused and writes nothing`, deadline, async () => {
    await using at = await stand();
    const tree = await evilTree(at, await entries(at));
    const target = join(at.path, "out/release");
    const refused = await at.host.checkout(shop, tree, target);
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, "limit_reached");
    assert.deepEqual(await readdir(at.path), ["data", "tree.bin", "work"]);
  });
}

test(
  "checkout: a tree with a link and a directory of one name writes through neither",
  deadline,
  async () => {
    await using at = await stand();
    await mkdir(join(at.path, "out/elsewhere"), { recursive: true });
    const inner = await evilTree(at, [["100644", "file", await blob(at, "x")]]);
    const link = await blob(at, "../elsewhere");
    const inside = await evilTree(at, [
      ["120000", "a", link],
      ["40000", "a", inner],
    ]);
    const tree = await evilTree(at, [["40000", "release", inside]]);
    await assert.rejects(at.host.checkout(shop, tree, join(at.path, "out/tree")));
    assert.deepEqual(await readdir(join(at.path, "out/elsewhere")), []);
  },
);

test("checkout: a directory with something in it is left alone", deadline, async () => {
  await using at = await stand();
  const tree = await evilTree(at, [["100644", "a", await blob(at, "new")]]);
  await mkdir(join(at.path, "out"));
  await writeFile(join(at.path, "out/a"), "old");
  await assert.rejects(at.host.checkout(shop, tree, join(at.path, "out")), /empty directory/);
  assert.equal(await readFile(join(at.path, "out/a"), "utf8"), "old");
});

test(
  "tree: entries are sorted, files are read up to a limit, the rest is told",
  deadline,
  async () => {
    await using at = await stand();
    const [text, link] = [await blob(at, "hello"), await blob(at, "b")];
    const root = await evilTree(at, [
      ["120000", "a", link],
      ["100644", "b", text],
    ]);
    const tree = await at.host.tree(shop, root);
    assert.deepEqual(
      tree.entries.map(({ path, mode, sizeBytes }) => [path, mode, sizeBytes]),
      [
        ["a", "120000", 1],
        ["b", "100644", 5],
      ],
    );
    assert.deepEqual(await tree.read("b", 5), { ok: true, value: "hello" });
    const short = await tree.read("b", 4);
    assert.ok(!short.ok && short.error.code === "limit_reached" && short.error.found === 5);
    for (const path of ["a", "c", "../b", ""]) {
      const missing = await tree.read(path, 100);
      assert.ok(!missing.ok && missing.error.code === "not_found", path);
    }
  },
);

test("commit: what git log shows is what comes out", deadline, async () => {
  await using at = await stand();
  await at.client.write("a", "1\n2\n");
  const first = oid(await at.client.commit("One"));
  await at.client.write("a", "1\n3\n4\n");
  await at.client.write("b.bin", new Uint8Array([0, 1, 2]));
  const second = oid(await at.client.commit("Round totals\nhalf to even\n\nBody\n\nExpect: a up"));
  await at.client.git("push", "tide", "main");
  const found = await at.host.commit(shop, second);
  assert.ok(found.ok);
  const [subject, seconds, tree] = (await at.client.git("log", "-1", "--format=%s%n%ct%n%T")).split(
    "\n",
  );
  assert.equal(found.value.subject, subject);
  assert.equal(found.value.committedAt, Number(seconds) * 1000);
  assert.equal(found.value.tree, tree);
  assert.deepEqual(found.value.parents, [first]);
  assert.deepEqual(found.value.author, { name: "Ana", email: "ana@example.org" });
  assert.deepEqual(found.value.trailers, [{ key: "Expect", value: "a up" }]);
  assert.deepEqual(await at.host.diffStat(shop, first, second), { files: 2, added: 2, removed: 1 });
  assert.deepEqual(await at.host.diffStat(shop, undefined, first), {
    files: 1,
    added: 2,
    removed: 0,
  });
  const missing = await at.host.commit(shop, oid("1".repeat(40)));
  assert.ok(!missing.ok && missing.error.code === "not_found");
  const noCommit = await at.host.commit(shop, oid(tree ?? ""));
  assert.ok(!noCommit.ok && noCommit.error.code === "not_found");
});

test("head: only a branch that exists has one", deadline, async () => {
  await using at = await stand();
  const commit = await at.client.commit("One");
  await at.client.git("push", "tide", "main", "main:feature/x");
  assert.equal(await at.host.head(shop, "main"), commit);
  assert.equal(await at.host.head(shop, "feature/x"), commit);
  for (const name of [
    "none",
    "main~1",
    "main^{tree}",
    "main:a",
    "@{-1}",
    "",
    "../main",
    "a b",
    "a\nb",
  ]) {
    assert.equal(await at.host.head(shop, name), undefined, name);
  }
});

test("notes: many at once all stay, and the same one again changes nothing", deadline, async () => {
  await using at = await stand();
  const commits: ObjectId[] = [];
  for (const name of ["a", "b", "c", "d"]) commits.push(oid(await at.client.commit(name)));
  await at.client.git("push", "tide", "main");
  await using other = await startTestServer({ dataDir: join(at.path, "data") });
  const hosts = [at.host, other.host];
  await Promise.all(
    commits.flatMap((commit) => hosts.map((host) => host.putNote(shop, commit, `note ${commit}`))),
  );
  const ref = ["rev-parse", "refs/notes/tidegate"];
  const before = (await at.inside.run(ref)).stdout;
  for (const commit of commits) await at.host.putNote(shop, commit, `note ${commit}\n`);
  assert.equal((await at.inside.run(ref)).stdout, before);
  for (const commit of commits) {
    const shown = await at.inside.run(["notes", "--ref=tidegate", "show", commit]);
    assert.equal(shown.stdout.trim(), `note ${commit}`);
  }
  await at.host.putNote(shop, oid(commits[0] ?? ""), "another");
  assert.notEqual((await at.inside.run(ref)).stdout, before);
  const author = await at.inside.run(["log", "-1", "--format=%an", "refs/notes/tidegate"]);
  assert.equal(author.stdout.trim(), "Tidegate");
});

test(
  "repository: it is made once, and what is deleted can be found in the trash",
  deadline,
  async () => {
    await using at = await stand();
    const commit = await at.client.commit("One");
    await at.client.git("push", "tide", "main");
    await at.host.create(shop);
    assert.equal(await at.host.head(shop, "main"), commit, "creating again keeps what is there");
    await at.host.delete(shop);
    await at.host.delete(shop);
    const trash = await readdir(join(at.path, "data/git/trash"));
    assert.equal(trash.length, 1);
    assert.match(trash[0] ?? "", /^shop\.\d+\.git$/);
    const old = Date.now() - 8 * 86_400_000;
    await mkdir(join(at.path, `data/git/trash/till.${old}.git`));
    await at.host.create(shop);
    await at.host.maintain(shop);
    assert.deepEqual(await readdir(join(at.path, "data/git/trash")), trash, "the old one went");
    assert.equal(await at.host.head(shop, "main"), undefined);
  },
);

test("a diff tells files, commits and patch, and of each as much as fits", deadline, async () => {
  await using at = await stand();
  await at.client.write("a.txt", "one\n");
  const first = await at.client.commit("First");
  await at.client.write("a.txt", "two\n");
  await at.client.write("naïve name.bin", Buffer.from([0, 1, 2]));
  const second = await at.client.commit("Second: with\ttab, \u202eturned");
  await at.client.git("push", "tide", "HEAD:main");
  const diff = await at.host.diff(shop, oid(first), oid(second));
  must(diff.ok, "the diff is found");
  assert.deepEqual(diff.value.files, [
    { path: "a.txt", added: 1, removed: 1 },
    { path: "naïve name.bin" },
  ]);
  assert.deepEqual(
    diff.value.commits.map(({ commit, subject }) => [commit, subject]),
    [[second, "Second: with\ttab, \ufffdturned"]],
  );
  assert.match(diff.value.patch, /^-one\n\+two\n/m);
  assert.deepEqual(
    [diff.value.isPatchCut, diff.value.hasMoreCommits, diff.value.filesLeftOut],
    [false, false, 0],
  );
  const fromNothing = await at.host.diff(shop, undefined, oid(second));
  must(fromNothing.ok, "the diff from nothing is found");
  assert.equal(fromNothing.value.commits.length, 2);
});

test(
  "a patch that is too long ends at the end of a line; a commit that is gone is said to be",
  deadline,
  async () => {
    await using at = await stand();
    await at.client.write("long.txt", "0123456789abcde\n".repeat(65_536));
    const first = await at.client.commit("Long");
    await at.client.git("push", "tide", "HEAD:main");
    const diff = await at.host.diff(shop, undefined, oid(first));
    must(diff.ok, "the diff is found");
    assert.equal(diff.value.isPatchCut, true);
    assert.ok(diff.value.patch.length <= diffPatchBytesMax);
    assert.ok(diff.value.patch.endsWith("+0123456789abcde\n"));
    const missing = await at.host.diff(shop, undefined, oid("0".repeat(39) + "1"));
    assert.equal(missing.ok, false);
  },
);

test("diffs of an app that are asked for at once are all given", deadline, async () => {
  await using at = await stand();
  await at.client.write("a.txt", "one\n");
  const only = await at.client.commit("Only");
  await at.client.git("push", "tide", "HEAD:main");
  const asked = Array.from({ length: 5 }, () => at.host.diff(shop, undefined, oid(only)));
  for (const diff of await Promise.all(asked)) {
    must(diff.ok, "the diff is found");
    assert.deepEqual(diff.value.files, [{ path: "a.txt", added: 1, removed: 0 }]);
  }
});
