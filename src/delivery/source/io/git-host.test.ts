import assert from "node:assert/strict";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  appName,
  createClient,
  remoteLine,
  startTestServer,
  temporaryDirectory,
  type Client,
  type TestServer,
  type TestServerOptions,
} from "./git-server.testing.ts";

const shop = appName("shop");
const deadline = { timeout: 60_000 };

interface Stand extends AsyncDisposable {
  readonly path: string;
  readonly server: TestServer;
  readonly client: Client;
}

async function stand(options: Omit<TestServerOptions, "dataDir"> = {}): Promise<Stand> {
  const directory = await temporaryDirectory();
  const server = await startTestServer({ dataDir: join(directory.path, "data"), ...options });
  await server.host.create(shop);
  const client = await createClient(join(directory.path, "work"), server.url(shop));
  return {
    path: directory.path,
    server,
    client,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

test("push: the first commit of a branch becomes one push", deadline, async () => {
  await using at = await stand();
  await at.client.write("index.html", "hello\n");
  const commit = await at.client.commit("Say hello");
  await at.client.git("push", "tide", "main");
  const { receivedAt, ...push } = at.server.pushes[0] ?? assert.fail("no push");
  assert.deepEqual(push, {
    app: shop,
    branch: "main",
    after: commit,
    options: { wait: false, detach: false },
    pushedBy: "ana",
  });
  assert.ok(receivedAt > 0);
  assert.equal(at.server.pushes.length, 1);
  assert.equal(await at.server.host.head(shop, "main"), commit);
});

test("push: lines reach the client while the delivery goes on", deadline, async () => {
  const seen = Promise.withResolvers<void>();
  await using at = await stand({
    async *onPush() {
      yield "build: started";
      // Goes on only when the client has shown the first line: would hang if lines were held back.
      await seen.promise;
      yield "rollout: everybody has it \u001b[2J";
    },
  });
  await at.client.commit("One");
  const push = at.client.start(["push", "tide", "main"]);
  await remoteLine(push, /remote: build: started/);
  seen.resolve();
  const rest = await remoteLine(push, /remote: rollout: everybody has it/);
  assert.ok(!rest.includes("\u001b[2J"), "what moves the cursor is taken out");
  assert.equal(push.exitCode ?? (await once(push, "exit"))[0], 0);
});

test("push: options are passed on, and unknown ones are told", deadline, async () => {
  await using at = await stand();
  await at.client.commit("One");
  const first = await at.client.run(["push", "-o", "wait", "-o", "fast", "tide", "main"]);
  assert.match(first.stderr, /remote: warning: unknown push option "fast"/);
  await at.client.commit("Two");
  await at.client.git("push", "-o", "detach", "tide", "main");
  assert.deepEqual(
    at.server.pushes.map(({ options }) => options),
    [
      { wait: true, detach: false },
      { wait: false, detach: true },
    ],
  );
});

test(
  "push: a force push and a deleted side branch go in, a tag brings no delivery",
  deadline,
  async () => {
    await using at = await stand();
    await at.client.commit("One");
    await at.client.git("push", "tide", "main", "main:side");
    await at.client.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "Other");
    await at.client.git("tag", "--annotate", "--message", "one", "v1");
    await at.client.git("push", "--force", "tide", "main", "v1", ":side");
    assert.deepEqual(at.server.pushes.map(({ branch }) => branch).toSorted(), [
      "main",
      "main",
      "side",
    ]);
    assert.equal(await at.server.host.head(shop, "side"), undefined);
  },
);

interface Refusal {
  readonly claim: string;
  readonly prepare: (client: Client) => Promise<unknown>;
  readonly argv?: readonly string[];
  readonly says: RegExp;
}

const awsKey = [
  "aws_secret_access_key = '",
  "wJalrXUtnFEMIK7MDENGbPxRfiCYzzkQ8sVb3aXT",
  "'\n",
].join("");
const githubToken = `ghp_${"aB3dE6gH9".repeat(4)}`;

const refusals: readonly Refusal[] = [
  {
    claim: "a token in a file",
    prepare: async (client) => {
      await client.write("src/config.js", `// settings\nconst token = "${githubToken}";\n`);
      await client.commit("Configure");
    },
    says: /looks like a secret: github[^]*src\/config\.js line 2[^]*next.*allow-secrets/,
  },
  {
    claim: "a secret that a later commit took away again",
    prepare: async (client) => {
      await client.write(".env", awsKey);
      await client.commit("Add");
      await client.write(".env", "\n");
      await client.commit("Remove");
    },
    says: /looks like a secret: aws[^]*\.env line 1/,
  },
  {
    claim: "a symlink out of the tree",
    prepare: async (client) => {
      await symlink("../../etc/passwd", join(client.directory, "users"));
      await client.commit("Link");
    },
    says: /symbolic link leaves[^]*users -> \.\.\/\.\.\/etc\/passwd/,
  },
  {
    claim: "a file over the limit",
    prepare: async (client) => {
      await client.write("movie.bin", new Uint8Array(300_001));
      await client.commit("Movie");
    },
    says: /this file has 300001 bytes[^]*movie\.bin[^]*at most 300000 bytes/,
  },
  {
    claim: "a file name with a line break",
    prepare: async (client) => {
      await client.write("a\nb", "x");
      await client.commit("Odd");
    },
    says: /this name contains a control character[^]*"a\\nb"/,
  },
  {
    claim: "a file name that is no UTF-8",
    prepare: async (client) => {
      const blob = (await client.run(["hash-object", "-w", "--stdin"], "x")).stdout.trim();
      const entry = Buffer.concat([
        Buffer.from("100644 "),
        Buffer.from([0x66, 0xff, 0]),
        Buffer.from(blob, "hex"),
      ]);
      await commitTree(client, entry);
    },
    says: /this name is not valid UTF-8/,
  },
  {
    claim: "a tree with .git inside",
    prepare: async (client) => {
      const blob = (await client.run(["hash-object", "-w", "--stdin"], "x")).stdout.trim();
      const entry = Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")]);
      await commitTree(client, entry);
    },
    says: /hasDotgit|contains '\.git'/,
  },
  {
    claim: "a ref that is no branch",
    prepare: (client) => client.commit("One"),
    argv: ["push", "tide", "HEAD:refs/pull/1/head"],
    says: /this ref is not a branch[^]*refs\/pull\/1\/head[^]*next/,
  },
  {
    claim: "the notes that only Tidegate writes",
    prepare: (client) => client.commit("One"),
    argv: ["push", "tide", "HEAD:refs/notes/tidegate"],
    says: /notes are written by Tidegate/,
  },
];

/** Commits the tree object with exactly these bytes, whatever git thinks of it. */
async function commitTree(client: Client, tree: Buffer): Promise<void> {
  await client.write("../tree.bin", tree);
  const argv = ["hash-object", "-w", "-t", "tree", "--literally", "../tree.bin"];
  const commit = await client.git("commit-tree", "-m", "evil", await client.git(...argv));
  await client.git("update-ref", "refs/heads/main", commit);
}

for (const { claim, prepare, argv, says } of refusals) {
  test(`push: ${claim} is refused with a reason, and nothing changes`, deadline, async () => {
    await using at = await stand({ checks: { blobBytesMax: 300_000 } });
    await prepare(at.client);
    const ran = await at.client.run(argv ?? ["push", "tide", "main"]);
    assert.notEqual(ran.exitCode, 0);
    assert.match(ran.stderr, says);
    assert.ok(!ran.stderr.includes(githubToken), "a refusal never shows the secret");
    assert.deepEqual(at.server.pushes, []);
    assert.equal((await at.client.git("ls-remote", "tide")).trim(), "");
  });
}

test("push: the tracked branch cannot be deleted", deadline, async () => {
  await using at = await stand();
  const commit = await at.client.commit("One");
  await at.client.git("push", "tide", "main");
  const ran = await at.client.run(["push", "tide", ":main"]);
  assert.notEqual(ran.exitCode, 0);
  assert.match(ran.stderr, /the tracked branch cannot be deleted/);
  assert.equal(await at.server.host.head(shop, "main"), commit);
});

test("push: a reason lets a likely secret in, and goes with the push", deadline, async () => {
  await using at = await stand();
  await at.client.write("test/token.js", `"${githubToken}"\n`);
  await at.client.commit("Fixture");
  const ran = await at.client.run(["push", "-o", "allow-secrets=a test key", "tide", "main"]);
  assert.equal(ran.exitCode, 0, ran.stderr);
  assert.match(ran.stderr, /1 likely secrets let in: a test key/);
  assert.equal(at.server.pushes[0]?.options.allowSecrets, "a test key");
});

test("push: a comment in the file lets a likely secret in", deadline, async () => {
  await using at = await stand();
  await at.client.write("a.js", `x = "${githubToken}"; // secretlint-disable-line\n`);
  await at.client.commit("Fixture");
  await at.client.git("push", "tide", "main");
  assert.equal(at.server.pushes.length, 1);
});

test(
  "push: a secret that the repository has already is not asked about again",
  deadline,
  async () => {
    await using at = await stand();
    await at.client.write("a.js", `"${githubToken}"\n`);
    await at.client.commit("Fixture");
    await at.client.git("push", "-o", "allow-secrets=old", "tide", "main");
    await at.client.commit("Next");
    await at.client.git("push", "tide", "main");
    assert.equal(at.server.pushes.length, 2);
  },
);

test("push: one that is too large as a whole is refused", deadline, async () => {
  await using at = await stand({ checks: { pushBytesMax: 100_000 } });
  await at.client.write("a.bin", crypto.getRandomValues(new Uint8Array(60_000)));
  await at.client.write("b.bin", crypto.getRandomValues(new Uint8Array(60_000)));
  await at.client.commit("Large");
  const ran = await at.client.run(["push", "tide", "main"]);
  assert.notEqual(ran.exitCode, 0);
  assert.match(ran.stderr, /exceeds maximum allowed size|this push brings/);
  assert.deepEqual(at.server.pushes, []);
});

test("push: a body without end does not keep the next push out", deadline, async () => {
  await using at = await stand();
  const endless = request(`${at.server.url(shop)}/git-receive-pack`, {
    method: "POST",
    headers: { "content-type": "application/x-git-receive-pack-request" },
  });
  endless.on("error", () => undefined);
  endless.write("this is no push\n");
  const [response] = await once(endless, "response");
  response.resume();
  await at.client.commit("One");
  await at.client.git("push", "tide", "main");
  assert.equal(at.server.pushes.length, 1);
  endless.destroy();
});

test("push: several at once all arrive, each once", deadline, async () => {
  await using at = await stand();
  await at.client.commit("One");
  await at.client.git("push", "tide", "main");
  const branches = ["a", "b", "c", "d"];
  await Promise.all(branches.map((name) => at.client.git("push", "tide", `main:${name}`)));
  assert.deepEqual(at.server.pushes.map(({ branch }) => branch).toSorted(), [
    "a",
    "b",
    "c",
    "d",
    "main",
  ]);
});

test("push: of two to one branch, exactly one goes in", deadline, async () => {
  await using at = await stand();
  await at.client.commit("Base");
  await at.client.git("push", "tide", "main");
  const other = await createClient(join(at.path, "other"), at.server.url(shop));
  await other.git("pull", "--quiet", "tide", "main");
  const clients = [at.client, other];
  await Promise.all(clients.map((client, index) => client.commit(`Mine ${index}`)));
  const ran = await Promise.all(clients.map((client) => client.run(["push", "tide", "main"])));
  assert.equal(ran.filter(({ exitCode }) => exitCode === 0).length, 1);
  assert.equal(at.server.pushes.length, 2);
});

test("push: the next one goes in while the one before is still streaming", deadline, async () => {
  const second = Promise.withResolvers<void>();
  await using at = await stand({
    async *onPush({ before }) {
      yield "delivering";
      if (before === undefined) await second.promise;
      else second.resolve();
    },
  });
  await at.client.commit("One");
  const first = at.client.start(["push", "tide", "main"]);
  await remoteLine(first, /remote: delivering/);
  await at.client.commit("Two");
  // Another working copy's view of the remote is not needed: the ref has moved already.
  await at.client.git("push", "tide", "main");
  assert.equal(first.exitCode ?? (await once(first, "exit"))[0], 0);
  assert.equal(at.server.pushes.length, 2);
});

test(
  "push: a client that leaves while it streams does not stop the delivery",
  deadline,
  async () => {
    const left = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    await using at = await stand({
      async *onPush() {
        yield "delivering";
        await left.promise;
        for (let line = 0; line < 2000; line += 1) yield `line ${line} ${"x".repeat(200)}`;
        finished.resolve();
      },
    });
    const commit = await at.client.commit("One");
    const push = at.client.start(["push", "tide", "main"]);
    await remoteLine(push, /remote: delivering/);
    push.kill("SIGKILL");
    await once(push, "exit");
    left.resolve();
    await finished.promise;
    assert.equal(at.server.pushes.length, 1);
    assert.equal(await at.server.host.head(shop, "main"), commit);
  },
);

test("push: a delivery that throws says so and leaves the push safe", deadline, async () => {
  await using at = await stand({
    async *onPush() {
      yield "delivering";
      throw new Error("a bug");
    },
  });
  await at.client.commit("One");
  const ran = await at.client.run(["push", "tide", "main"]);
  assert.equal(ran.exitCode, 0);
  assert.match(ran.stderr, /The stream broke off; the push is safe/);
  assert.ok(at.server.log.events.includes("source.delivery_stream_failed"));
});

test("push: disposing ends the streams and tells the client", deadline, async () => {
  await using at = await stand({
    async *onPush() {
      yield "delivering";
      await new Promise<never>(() => undefined);
    },
  });
  await at.client.commit("One");
  const push = at.client.start(["push", "tide", "main"]);
  await remoteLine(push, /remote: delivering/);
  const told = remoteLine(push, /remote: The stream ends here; the delivery goes on/);
  await at.server.host[Symbol.asyncDispose]();
  await told;
  assert.equal(push.exitCode ?? (await once(push, "exit"))[0], 0);
});

test("fetch: a clone has the commits and the notes", deadline, async () => {
  await using at = await stand();
  await at.client.write("a.txt", "a\n");
  await at.client.commit("One");
  await at.client.git("push", "tide", "main");
  const [push] = at.server.pushes;
  assert.ok(push);
  await at.server.host.putNote(shop, push.after, "live: everybody has it\n");
  const notes = "refs/notes/tidegate:refs/notes/tidegate";
  await at.client.git("fetch", "tide", notes);
  const shown = await at.client.git("log", "--notes=tidegate", "--format=%s|%N");
  assert.equal(shown.trim(), "One|live: everybody has it");
  await at.client.git("clone", "--quiet", at.server.url(shop), join(at.path, "clone"));
});

test("fetch: protocol v2 in a gzipped body is understood", deadline, async () => {
  await using at = await stand();
  const commit = await at.client.commit("One");
  await at.client.git("push", "tide", "main");
  const response = await fetch(`${at.server.url(shop)}/git-upload-pack`, {
    method: "POST",
    headers: {
      "content-type": "application/x-git-upload-pack-request",
      "content-encoding": "gzip",
      "git-protocol": "version=2",
    },
    body: gzipSync("0014command=ls-refs\n0000"),
  });
  assert.equal(response.status, 200);
  assert.match(await response.text(), new RegExp(`${commit} refs/heads/main`));
});

// oxfmt-ignore
const requests: readonly (readonly [method: string, path: string, status: number])[] = [
  ["GET",  "/info/refs?service=git-upload-pack",      200],
  ["GET",  "/info/refs?service=git-receive-pack",     403],
  ["POST", "/git-receive-pack",                       403],
  ["GET",  "/info/refs",                              404],
  ["GET",  "/info/refs?service=git-upload-archive",   404],
  ["POST", "/info/refs?service=git-upload-pack",      404],
  ["GET",  "/git-upload-pack",                        404],
  ["GET",  "/HEAD",                                   404],
  ["GET",  "/config",                                 404],
  ["GET",  "/objects/info/packs",                     404],
  ["GET",  "/..%2fother.git/info/refs?service=git-upload-pack", 404],
];

test("requests: a reader may read, and only the three paths exist", deadline, async () => {
  await using at = await stand({ canWrite: false });
  for (const [method, path, status] of requests) {
    const response = await fetch(`${at.server.url(shop)}${path}`, { method });
    await response.arrayBuffer();
    assert.equal(response.status, status, `${method} ${path}`);
  }
  const missing = `${at.server.url(appName("nothing"))}/info/refs?service=git-upload-pack`;
  assert.equal((await fetch(missing)).status, 404);
});
