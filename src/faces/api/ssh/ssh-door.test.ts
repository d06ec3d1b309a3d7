/** The door of SSH with a client that can be made to misbehave; git itself is behind it in a journey. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, chmod, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import ssh2, { type ClientChannel, type ConnectConfig } from "ssh2";
import { err, ok } from "#std";
import { machineActor, nobody, parseScope, type Actor } from "#domain";
import { crewAt } from "../crew.testing.ts";
import {
  failedAttemptsMax,
  sshHandshakeMsMax,
  sshIdleMsMax,
  sshInboundBytesMax,
  sshStrangersPerAddressMax,
} from "../limits.ts";
import { shopAt } from "../shop.testing.ts";
import { realClock, silentLog } from "../surroundings.testing.ts";
import { openHostKey } from "./host-key.ts";
import { newKeyPair } from "./key-pair.ts";
import { openSshDoor } from "./ssh-door.ts";
import type { GitConversations } from "./ssh-session.ts";

const deadline = { timeout: 60_000 };
const scope = parseScope("app:shop");
assert.ok(scope.ok);
const viewer: Actor = { name: "vi", grants: [{ role: "viewer", scope: scope.value }] };

async function newKey() {
  const { privateKey } = await newKeyPair("test");
  const parsed = ssh2.utils.parseKey(privateKey);
  assert.ok(!(parsed instanceof Error) && !Array.isArray(parsed));
  return { privateKey, blob: parsed.getPublicSSH() };
}

const ana = await newKey();
const vi = await newKey();
const stranger = await newKey();

async function open(t: TestContext, converse?: GitConversations["converse"]) {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-ssh-"));
  const known = new Map<string, Actor>([
    [ana.blob.toString("hex"), machineActor],
    [vi.blob.toString("hex"), viewer],
  ]);
  const asked: { readonly actor: string; readonly service: string; readonly protocol?: string }[] =
    [];
  const door = openSshDoor({
    delivery: shopAt(Date.now()),
    people: {
      ...crewAt(Date.now()),
      admitSshKey: async (blob, origin) => {
        const actor = known.get(Buffer.from(blob).toString("hex"));
        return actor && { ...actor, origin };
      },
    },
    git: {
      converse:
        converse ??
        (async ({ actor, service, protocol, output }) => {
          asked.push({ actor, service, ...(protocol === undefined ? {} : { protocol }) });
          output.write("packed");
          return ok(7);
        }),
    },
    hostKey: await openHostKey(dataDir),
    url: "ssh://git@localhost:7422",
    log: silentLog,
    clock: realClock,
  });
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  const clients: InstanceType<typeof ssh2.Client>[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    door.close();
    await door.gone;
    await rm(dataDir, { recursive: true, force: true });
  });
  const meet = async (more: ConnectConfig = {}) => {
    const client = new ssh2.Client();
    client.connect({
      host: "127.0.0.1",
      port,
      username: "git",
      privateKey: ana.privateKey,
      ...more,
    });
    clients.push(client);
    return await new Promise<InstanceType<typeof ssh2.Client>>((resolve, reject) => {
      client.once("ready", () => resolve(client)).on("error", reject);
    });
  };
  return { door, port, known, asked, meet };
}

interface Told {
  readonly code: number | undefined;
  readonly out: string;
  readonly error: string;
}

async function exec(
  client: InstanceType<typeof ssh2.Client>,
  command: string,
  env: Record<string, string> = {},
): Promise<Told> {
  return await new Promise<Told>((resolve, reject) => {
    client.exec(command, { env }, (fault, channel) => {
      if (fault) return reject(fault);
      const told = { code: undefined as number | undefined, out: "", error: "" };
      channel.on("data", (piece: Buffer) => (told.out += piece.toString()));
      channel.stderr.on("data", (piece: Buffer) => (told.error += piece.toString()));
      channel.on("exit", (status: number) => (told.code = status));
      channel.once("close", () => resolve(told));
      return undefined;
    });
  });
}

test(
  "ssh door: whoever proves a key speaks with git, and gets its exit code",
  deadline,
  async (t) => {
    const { meet, asked } = await open(t);
    const told = await exec(await meet(), "git-receive-pack '/shop.git'", {
      GIT_PROTOCOL: "version=2",
      LD_PRELOAD: "x",
    });
    assert.deepEqual(told, { code: 7, out: "packed", error: "" });
    assert.deepEqual(asked, [
      { actor: "admin", service: "git-receive-pack", protocol: "version=2" },
    ]);
  },
);

test(
  "ssh door: another key, no key, a password and an RSA signature with SHA-1 are refused",
  deadline,
  async (t) => {
    const { meet, known } = await open(t);
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 3072,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const parsed = ssh2.utils.parseKey(privateKey);
    assert.ok(!(parsed instanceof Error) && !Array.isArray(parsed));
    known.set(parsed.getPublicSSH().toString("hex"), machineActor);
    const refused = /All configured authentication methods failed/;
    await assert.rejects(meet({ privateKey: stranger.privateKey }), refused);
    const withoutKey = (more: ConnectConfig) => meet({ privateKey: "", ...more });
    await assert.rejects(withoutKey({ password: "secret" }), refused);
    await assert.rejects(withoutKey({ tryKeyboard: true }), refused);
    // The same key does once it signs with SHA-2, as every client of today does.
    assert.ok(await meet({ privateKey }));
    await assert.rejects(withoutKey({ agent: new Sha1Agent(parsed) }), refused);
  },
);

/** Signs with SHA-1, whatever it is asked for. */
class Sha1Agent extends ssh2.BaseAgent {
  readonly #key: ssh2.ParsedKey;
  constructor(key: ssh2.ParsedKey) {
    super();
    this.#key = key;
  }
  override getIdentities(done: (error: Error | undefined, keys?: ssh2.ParsedKey[]) => void): void {
    done(undefined, [this.#key]);
  }
  // oxlint-disable-next-line max-params -- the library calls it so
  override sign(
    _key: unknown,
    data: Buffer,
    options: unknown,
    done?: (error: Error | null, signature?: Buffer) => void,
  ): void {
    const answer = typeof options === "function" ? options : done;
    answer?.(null, this.#key.sign(data, "sha1"));
  }
}

// oxfmt-ignore
const refusals: readonly (readonly [claim: string, key: typeof ana, command: string, user: string, expected: RegExp])[] = [
  ["an app that is not there",              ana, "git-upload-pack '/nope.git'",  "git", /^tidegate: there is no app "nope"\nnext: tidegate app create nope\n$/],
  ["a name that no app can have",           ana, "git-upload-pack '/No$.git'",   "git", /^tidegate: there is no app "No\$"/],
  ["what may be seen and not pushed to",    vi,  "git-receive-pack '/shop.git'", "git", /vi may not push; that takes source\.push/],
  ["any other command",                     ana, "id",                           "git", /only git fetch and git push are served here/],
  ["another user name in the address",      ana, "git-upload-pack '/shop.git'",  "ana", /the user name in the address is git/],
];
for (const row of refusals) {
  const [claim, { privateKey }, command, username, expected] = row;
  test(
    `ssh door: ${claim} is refused with a sentence, and git is not begun`,
    deadline,
    async (t) => {
      const { meet, asked } = await open(t);
      const told = await exec(await meet({ privateKey, username }), command);
      assert.deepEqual([told.code, told.out, asked], [1, "", []]);
      assert.match(told.error, expected);
    },
  );
}

test(
  "ssh door: a key that has ended does nothing more, also on a connection that is open",
  deadline,
  async (t) => {
    const { meet, known } = await open(t);
    const client = await meet();
    known.clear();
    const told = await exec(client, "git-upload-pack '/shop.git'");
    assert.match(told.error, /this key is known here no longer/);
    known.set(ana.blob.toString("hex"), { ...nobody, name: "ana" });
    const hidden = await exec(client, "git-upload-pack '/shop.git'");
    assert.match(
      hidden.error,
      /^tidegate: there is no app "shop"/,
      "what may not be seen is not there",
    );
  },
);

const fails = async (ask: (done: (error: Error | undefined | null) => void) => unknown) =>
  await new Promise<boolean>((resolve) => ask((error) => resolve(error instanceof Error)));

test(
  "ssh door: no shell with a terminal, no forwarding, no files, and a line for the key's owner who asks for a shell",
  deadline,
  async (t) => {
    const { meet } = await open(t);
    // Whoever is typed in the address: it is the key that says who comes.
    const client = await meet({ username: "root" });
    assert.ok(await fails((done) => client.shell((error) => done(error))), "a terminal");
    assert.ok(await fails((done) => client.sftp((error) => done(error))), "files");
    assert.ok(
      await fails((done) => client.subsys("netconf", (error) => done(error))),
      "a subsystem",
    );
    assert.ok(
      await fails((done) =>
        client.forwardOut("127.0.0.1", 1, "127.0.0.1", 80, (error) => done(error)),
      ),
    );
    assert.ok(await fails((done) => client.forwardIn("127.0.0.1", 0, (error) => done(error))));
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.shell(false, (error, made) => (error ? reject(error) : resolve(made)));
    });
    let said = "";
    channel.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
    await once(channel.resume(), "close");
    assert.match(
      said,
      /^Hello admin: this is Tidegate.*\nnext: git clone ssh:\/\/git@localhost:7422\/APP\.git\n$/,
    );
  },
);

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

/** What no honest client says: the library's own words have to be put on the wire. */
function say(client: InstanceType<typeof ssh2.Client>, word: string, args: readonly unknown[]) {
  const protocol: unknown = Reflect.get(client, "_protocol");
  assert.ok(typeof protocol === "object" && protocol !== null);
  const said: unknown = Reflect.get(protocol, word);
  assert.ok(typeof said === "function");
  Reflect.apply(said, protocol, args);
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

test("ssh host key: made once, private, and refused when it was edited", deadline, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-ssh-"));
  t.after(async () => await rm(dataDir, { recursive: true, force: true }));
  const file = join(dataDir, "ssh", "host_ed25519");
  const made = await openHostKey(dataDir);
  assert.match(made.fingerprint, /^SHA256:[\w+/]{43}$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match(await readFile(`${file}.pub`, "utf8"), /^ssh-ed25519 /);
  await chmod(file, 0o644);
  assert.deepEqual(await openHostKey(dataDir), made);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await writeFile(file, "nothing");
  await assert.rejects(openHostKey(dataDir), /hold no key; remove both/);
});
