/** A push does not wait until its size is known, and its size is known whatever happened meanwhile. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type ObjectId, parseObjectId } from "#domain";
import {
  appName,
  createClient,
  remoteLine,
  startTestServer,
  temporaryDirectory,
} from "./git-server.testing.ts";

const shop = appName("shop");
const deadline = { timeout: 60_000 } as const;

function oid(text: string): ObjectId {
  const parsed = parseObjectId(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

/** A directory for PATH with a git that measures no diff before it is let go on; everything else is git's own. */
async function heldGit(directory: string) {
  const real = execFileSync("/bin/sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const bin = join(directory, "bin");
  const [begun, open] = [join(directory, "begun"), join(directory, "open")];
  await mkdir(bin);
  const script = `#!/bin/sh
if [ "$1" = diff-tree ]; then
  : > ${begun}
  # Whose server was killed is nobody's child: it goes on, too, when the directory is gone.
  while [ -e ${begun} ] && [ ! -e ${open} ]; do sleep 0.02; done
fi
exec ${real} "$@"
`;
  await writeFile(join(bin, "git"), script);
  await chmod(join(bin, "git"), 0o755);
  return {
    path: `${bin}:${process.env["PATH"] ?? ""}`,
    begun: async (signal: AbortSignal) => {
      while ((await readFile(begun).catch(() => undefined)) === undefined) {
        await setTimeout(20, undefined, { signal });
      }
    },
    letGo: async () => await writeFile(open, ""),
  };
}

test("diff: a push is answered while its diff is still measured", deadline, async ({ signal }) => {
  await using directory = await temporaryDirectory();
  const git = await heldGit(directory.path);
  const before = process.env["PATH"];
  process.env["PATH"] = git.path;
  try {
    await using server = await startTestServer({ dataDir: join(directory.path, "data") });
    await server.host.create(shop);
    const client = await createClient(join(directory.path, "work"), server.url(shop));
    await client.write("a.txt", "a\n");
    const first = oid(await client.commit("One"));
    await client.git("push", "tide", "main");
    await client.write("a.txt", "b\nc\n");
    await client.write("b.txt", "b\n");
    const second = oid(await client.commit("Two"));
    await client.git("push", "tide", "main");
    await git.begun(signal);
    assert.equal(await server.host.head(shop, "main"), second, "and it is in");
    const asked = server.host.diffStat(shop, first, second);
    const early = await Promise.race([asked, setTimeout(50, "not known yet")]);
    assert.equal(early, "not known yet", "who needs the size waits for it");
    await git.letGo();
    assert.deepEqual(await asked, { files: 2, added: 3, removed: 1 });
  } finally {
    await git.letGo();
    process.env["PATH"] = before;
  }
});

/** A server of its own process, whose git is held. */
async function startVictim(dataDir: string, path: string) {
  const kit = new URL("./git-server.testing.ts", import.meta.url).href;
  const program = `
    import { startTestServer } from ${JSON.stringify(kit)};
    const server = await startTestServer({
      dataDir: ${JSON.stringify(dataDir)},
      async *onPush() { yield "delivering"; await new Promise(() => undefined); },
    });
    console.log(server.url("shop"));
  `;
  const argv = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const env = { ...process.env, PATH: path };
  const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { child, url: String(url) };
}

test(
  "diff: killed between a push and its diff, a server's successor measures it",
  deadline,
  async ({ signal }) => {
    await using directory = await temporaryDirectory();
    const git = await heldGit(directory.path);
    const dataDir = join(directory.path, "data");
    const client = await createClient(join(directory.path, "work"), "");
    await client.write("a.txt", "a\n");
    const first = oid(await client.commit("One"));
    {
      await using server = await startTestServer({ dataDir });
      await server.host.create(shop);
      await client.git("remote", "set-url", "tide", server.url(shop));
      await client.git("push", "tide", "main");
    }
    const victim = await startVictim(dataDir, git.path);
    try {
      await client.git("remote", "set-url", "tide", victim.url);
      await client.write("a.txt", "b\nc\n");
      const second = oid(await client.commit("Two"));
      const push = client.start(["push", "tide", "main"]);
      const ended = once(push, "exit");
      await remoteLine(push, /remote: delivering/);
      await git.begun(signal);
      victim.child.kill("SIGKILL");
      await ended;

      await using server = await startTestServer({ dataDir });
      assert.equal(await server.host.head(shop, "main"), second);
      const size = await server.host.diffStat(shop, first, second);
      assert.deepEqual(size, { files: 1, added: 2, removed: 1 });
    } finally {
      victim.child.kill("SIGKILL");
      await git.letGo();
    }
  },
);
