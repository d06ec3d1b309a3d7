/** The disk of the data directory is full: who pushes is told, nothing is lost, and users notice nothing. */
import assert from "node:assert/strict";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { run } from "./support/command.ts";
import { Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const disk = await mkdtemp(path.join(tmpdir(), "tidegate-disk-"));
const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=512m", "tidegate", disk]);
const skip = mounted.code === 0 ? false : `no file system of its own: ${mounted.stderr.trim()}`;

test(
  "a push onto a full disk says so, users notice nothing, and the next push goes in",
  { skip },
  async () => {
    const tide = await Tidegate.start({
      dataDir: await mkdtemp(path.join(disk, "tidegate-full-")),
    });
    const atOnce = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };
    const author = await tide.deliverApp("full", nodeApp(answering("one"), atOnce));
    const traffic = tide.traffic("full", { requestsPerSecond: 50 });
    await traffic.more(50);
    const ballast = path.join(disk, "ballast");
    await fill(ballast);
    await author.commit("Two", { "server.js": answering("two"), "big.txt": "x".repeat(100_000) });
    const refused = await author.push("-o", "wait");
    await traffic.more(50);
    assert.deepEqual(traffic.failures, []);
    assert.notEqual(refused.code, 0, refused.text);
    assert.match(refused.text, /No space left on device/);
    assert.equal((await tide.json("status")).apps, 1, "it answers questions all the while");
    await rm(ballast);
    const pushed = await author.push("-o", "wait");
    assert.equal(pushed.code, 0, pushed.text);
    assert.match(pushed.text, /everybody has v2/);
    await traffic.more(20);
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    assert.equal((await tide.visit("full")).body, "two\n");
    assert.equal((await tide.json("journal", "verify")).brokenAt, undefined);
  },
);

after(async () => {
  if (mounted.code === 0) await run("umount", [disk]);
  await rm(disk, { recursive: true, force: true });
});

/** Writes until nothing more goes in. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    for (const sizeBytes of [1 << 20, 4096]) {
      const block = Buffer.alloc(sizeBytes, 1);
      for (let isFull = false; !isFull;) {
        isFull = await handle.write(block).then(
          ({ bytesWritten }) => bytesWritten < sizeBytes,
          () => true,
        );
      }
    }
  } finally {
    await handle.close();
  }
}
