/** Clients of the SSH door that mean ill, or say nothing: what each may cost, and when it ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type ssh2 from "ssh2";
import type { ClientChannel } from "ssh2";
import { err, ok } from "#std";
import {
  failedAttemptsMax,
  sshAuthRequestsMax,
  sshHandshakeMsMax,
  sshIdleMsMax,
  sshInboundBytesMax,
  sshStrangersPerAddressMax,
} from "../limits.ts";
import { deadline, exec, fails, open, say, stranger } from "./ssh-door.testing.ts";

test(
  "ssh door: after too many strangers' keys a connection ends at the first, and the right key is let in",
  deadline,
  async (t) => {
    const { meet } = await open(t);
    for (let attempt = 0; attempt < failedAttemptsMax; attempt += 1) {
      await assert.rejects(
        meet({ privateKey: stranger.privateKey }),
        /authentication methods failed/,
      );
    }
    await assert.rejects(meet({ privateKey: stranger.privateKey }));
    assert.ok(await meet());
  },
);

test("ssh door: whoever asks again and again for another way in is let go", deadline, async (t) => {
  const { meet } = await open(t);
  let asked = 0;
  const authHandler = () => {
    asked += 1;
    return { type: "password" as const, username: "git", password: "x" };
  };
  await assert.rejects(meet({ authHandler }));
  // The client has its next one ready when it learns that it was let go.
  assert.ok(asked <= sshAuthRequestsMax + 2, `${asked}`);
});

test(
  "ssh door: so many who have not said who they are may wait, and not one more",
  deadline,
  async (t) => {
    const { port, meet } = await open(t);
    const silent = Array.from({ length: sshStrangersPerAddressMax }, () =>
      connect(port, "127.0.0.1"),
    );
    t.after(() => silent.forEach((socket) => socket.destroy()));
    await Promise.all(silent.map(async (socket) => await once(socket, "data")));
    const more = connect(port, "127.0.0.1");
    await once(more.resume(), "close");
    const [first] = silent;
    first?.destroy();
    // It is seen to have gone a moment later.
    for (;;) {
      const client = await meet().catch(() => undefined);
      if (client !== undefined) break;
    }
  },
);

test(
  "ssh door: git waits for a client that takes nothing, however large its window",
  deadline,
  async (t) => {
    const going = Promise.withResolvers<void>();
    let written = 0;
    const { meet, door } = await open(t, async ({ output }) => {
      const piece = Buffer.alloc(65_536);
      while (!output.destroyed) {
        written += piece.length;
        if (output.write(piece)) continue;
        going.resolve();
        await Promise.race([once(output, "drain"), once(output, "close")]);
      }
      return err({ text: "gone\n" });
    });
    const client = await meet();
    await new Promise<void>((resolve, reject) => {
      client.exec("git-upload-pack '/shop.git'", (error) => (error ? reject(error) : resolve()));
    });
    await going.promise;
    assert.ok(written < 64 * 1024 * 1024);
    door.close();
    client.destroy();
  },
);

test(
  "ssh door: a session that has begun is not begun again, and nothing ends by who tries",
  deadline,
  async (t) => {
    const isAsked = Promise.withResolvers<void>();
    const { meet } = await open(t, async () => {
      await isAsked.promise;
      return ok(7);
    });
    const client = await meet();
    const code = await new Promise<number>((resolve, reject) => {
      client.exec("git-upload-pack '/shop.git'", (fault, channel) => {
        if (fault) return reject(fault);
        channel.on("exit", resolve).resume();
        beginAgain(client, channel);
        // What comes on the same connection comes after it.
        client.exec("ls", (error, other) => {
          if (error) return reject(error);
          other.resume().once("exit", () => isAsked.resolve());
          return undefined;
        });
        return undefined;
      });
    });
    assert.equal(code, 7);
    assert.equal((await exec(await meet(), "git-upload-pack '/shop.git'")).code, 7);
  },
);

function beginAgain(client: InstanceType<typeof ssh2.Client>, channel: ClientChannel): void {
  const outgoing: unknown = Reflect.get(channel, "outgoing");
  assert.ok(typeof outgoing === "object" && outgoing !== null);
  say(client, "shell", [Reflect.get(outgoing, "id"), false]);
}

test(
  "ssh door: sessions in which nothing is asked for come to an end with their connection",
  deadline,
  async (t) => {
    const { meet } = await open(t);
    const client = await meet();
    client.on("error", () => undefined);
    const over = new AbortController();
    client.once("close", () => over.abort());
    // The door numbers them as they come; those it refuses count as well.
    for (let id = 0; !over.signal.aborted; id += 1) {
      say(client, "session", [id, 1_000, 1_000]);
      say(client, "channelClose", [id]);
      await new Promise(setImmediate);
    }
    assert.equal((await exec(await meet(), "git-upload-pack '/shop.git'")).code, 7);
  },
);

/** Opens a session in which nothing is asked for yet; resolves when the door has taken it. */
async function openSilent(client: InstanceType<typeof ssh2.Client>): Promise<void> {
  const channels: unknown = Reflect.get(client, "_chanMgr");
  assert.ok(typeof channels === "object" && channels !== null);
  const add: unknown = Reflect.get(channels, "add");
  assert.ok(typeof add === "function");
  await new Promise<void>((resolve, reject) => {
    const taken = (error: Error | undefined) => (error ? reject(error) : resolve());
    const id: unknown = Reflect.apply(add, channels, [Object.assign(taken, { type: "session" })]);
    say(client, "session", [id, 2 * 1024 * 1024, 32 * 1024]);
  });
}

test(
  "ssh door: a session that never says what it wants ends its connection, and not before its time",
  deadline,
  async (t) => {
    const { meet } = await open(t);
    const client = await meet();
    client.on("error", () => undefined);
    const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await openSilent(client);
    t.mock.timers.tick(sshHandshakeMsMax - 1);
    assert.equal((await exec(client, "git-upload-pack '/shop.git'")).code, 7, "it is still there");
    t.mock.timers.tick(1);
    await gone;
  },
);

test(
  "ssh door: a connection without a session is let go once it has been idle for its time",
  deadline,
  async (t) => {
    const { meet } = await open(t);
    const client = await meet();
    const gone = once(client, "close");
    t.mock.timers.enable({ apis: ["setTimeout"] });
    await exec(client, "git-upload-pack '/shop.git'");
    // What is asked after the session's end is answered after it: then the door has seen that, too.
    const settle = async () =>
      await fails((done) => client.forwardIn("127.0.0.1", 0, (error) => done(error)));
    await settle();
    t.mock.timers.tick(sshIdleMsMax - 1);
    assert.equal((await exec(client, "git-upload-pack '/shop.git'")).code, 7, "it is still there");
    await settle();
    t.mock.timers.tick(sshIdleMsMax - 1);
    await settle();
    t.mock.timers.tick(1);
    await gone;
  },
);

test(
  "ssh door: a client that sends beyond its window is cut off, and what it sent is not kept",
  deadline,
  async (t) => {
    const { meet } = await open(t, async ({ output }) => {
      // Git reads nothing, as while a push waits for its turn.
      await once(output, "close");
      return ok(1);
    });
    const client = await meet();
    client.on("error", () => undefined);
    const over = new AbortController();
    client.once("close", () => over.abort());
    const id = await new Promise<unknown>((resolve, reject) => {
      client.exec("git-receive-pack '/shop.git'", (error, channel) => {
        if (error) return reject(error);
        return resolve(Reflect.get(Object(Reflect.get(channel, "outgoing")), "id"));
      });
    });
    // No part of the window: what comes when exactly nothing of it is left, the library drops.
    const piece = Buffer.alloc(30_000);
    let sent = 0;
    while (!over.signal.aborted && sent < 8 * sshInboundBytesMax) {
      say(client, "channelData", [id, piece]);
      sent += piece.length;
      await new Promise(setImmediate);
    }
    assert.ok(over.signal.aborted, "it was cut off");
    assert.ok(sent > sshInboundBytesMax, "and not while it may have been honest");
  },
);
