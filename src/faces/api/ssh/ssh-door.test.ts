/** The door of SSH: who comes in by which key, what they may ask for, and what they are told. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import ssh2, { type ClientChannel, type ConnectConfig } from "ssh2";
import { machineActor, nobody } from "#domain";
import { ana, deadline, exec, fails, open, stranger, vi } from "./ssh-door.testing.ts";

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
