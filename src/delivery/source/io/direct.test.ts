/** Conversations with git itself, as SSH leads them: the real client speaks over a socket of its own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  appName,
  createClient,
  remoteLine,
  startTestServer,
  temporaryDirectory,
  type TestServerOptions,
} from "./git-server.testing.ts";
import type { GitService } from "./running-git.ts";

const shop = appName("shop");
const deadline = { timeout: 60_000 };

/** Stands where the program `ssh` would: the command goes ahead in a line, then bytes go both ways. */
const bridgeTo = (path: string) => `#!${process.execPath}
const socket = require("node:net").connect(${JSON.stringify(path)});
socket.write(process.argv.at(-1) + "\\n");
process.stdin.pipe(socket);
socket.pipe(process.stdout);
socket.on("close", () => process.exit());
`;

async function* story(): AsyncGenerator<string> {
  yield "building";
  yield "live";
}

async function stand(options: Omit<TestServerOptions, "dataDir"> = {}) {
  const directory = await temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  const server = await startTestServer({ dataDir: at("data"), ...options });
  await server.host.create(shop);
  const ended: unknown[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      socket.pause();
      const line = first.toString("latin1");
      socket.unshift(first.subarray(line.indexOf("\n") + 1));
      const [service = ""] = line.split(" ");
      const conversation = {
        app: shop,
        actor: "ana",
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client is ours
        service: service as GitService,
        input: socket,
        output: socket,
        address: "127.0.0.1",
        protocol: "version=2",
      };
      const converse = async (): Promise<void> => {
        ended.push(await server.host.converse(conversation));
        socket.end();
      };
      void converse();
    });
  });
  listener.listen(at("socket"));
  await once(listener, "listening");
  await writeFile(at("ssh"), bridgeTo(at("socket")), { mode: 0o755 });
  const client = await createClient(at("work"), "ssh://git@here/shop.git");
  await client.git("config", "core.sshCommand", at("ssh"));
  return {
    server,
    client,
    ended,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

test(
  "a conversation: what is pushed is one push, its story is shown, and it comes back",
  deadline,
  async () => {
    await using at = await stand({ onPush: story });
    await at.client.write("index.html", "hello\n");
    const commit = await at.client.commit("Say hello");
    const pushed = await at.client.run(["push", "tide", "main", "-o", "wait"]);
    assert.equal(pushed.exitCode, 0, pushed.stderr);
    assert.match(pushed.stderr, /remote: building\s+remote: live/);
    const [push, ...more] = at.server.pushes;
    assert.deepEqual([push?.after, push?.pushedBy, push?.options.wait], [commit, "ana", true]);
    assert.deepEqual(more, []);
    assert.equal(
      await at.client.git("ls-remote", "tide", "refs/heads/main"),
      `${commit}\trefs/heads/main`,
    );
    assert.deepEqual(at.ended, [
      { ok: true, value: 0 },
      { ok: true, value: 0 },
    ]);
  },
);

test(
  "a conversation: a push is refused in the words of HTTP, and nothing has moved",
  deadline,
  async () => {
    await using at = await stand({ checks: { filesMax: 1 } });
    await at.client.write("a", "1");
    await at.client.write("b", "2");
    await at.client.commit("Two files");
    const pushed = await at.client.run(["push", "tide", "main"]);
    assert.notEqual(pushed.exitCode, 0);
    assert.match(pushed.stderr, /remote: refused:/);
    assert.equal(await at.server.host.head(shop, "main"), undefined);
    assert.deepEqual(at.server.pushes, []);
  },
);

test(
  "a conversation: whoever only looks keeps nobody out, and a client that leaves loses no push",
  deadline,
  async () => {
    const going = Promise.withResolvers<void>();
    const last = Promise.withResolvers<void>();
    const slowly = async function* () {
      yield "building";
      await going.promise;
      yield "live";
      last.resolve();
    };
    await using at = await stand({ onPush: slowly });
    await at.client.write("index.html", "hello\n");
    const commit = await at.client.commit("Say hello");
    // Its own checks before the push wait, and the connection is open meanwhile.
    const hook = join(at.client.directory, ".git/hooks/pre-push");
    const gate = join(at.client.directory, "../gate");
    execFileSync("mkfifo", [gate]);
    await writeFile(hook, `#!/bin/sh\necho checking >&2\nread -r _ < ${gate}\n`, { mode: 0o755 });
    const slow = at.client.start(["push", "tide", "main:slow"]);
    const slowEnded = once(slow, "close");
    await remoteLine(slow, /checking/);
    const quick = at.client.start(["push", "--no-verify", "tide", "main"]);
    await remoteLine(quick, /building/);
    at.cut();
    going.resolve();
    await last.promise;
    assert.equal(await at.server.host.head(shop, "main"), commit);
    await writeFile(gate, "go\n");
    await slowEnded;
    assert.equal(await at.server.host.head(shop, "slow"), undefined);
  },
);
