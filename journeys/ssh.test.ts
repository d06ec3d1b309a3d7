/** People push with a key: the same rights, refusals and live output as over HTTP, and nothing else is served. */
import assert from "node:assert/strict";
import { appendFile, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { run, type Ran } from "./support/command.ts";
import { startPush } from "./support/push.ts";
import { gitEnvironment } from "./support/repository.ts";
import { freePort, type Json, Tidegate } from "./support/tidegate.ts";
import { answering, nodeApp } from "./support/tree.ts";

const noSsh = await run("ssh", ["-V"]).then(
  () => undefined,
  () => "ssh is missing (Debian package openssh-client)",
);
const skip = noSsh ?? false;

const tide = await Tidegate.start();
const at = (name: string) => path.join(tide.dataDir, name);
const url = `ssh://git@localhost:${tide.sshPort}`;
const manifest = { "tidegate.yaml": "rollout:\n  strategy: all-at-once\n" };
const author = await tide.createApp("shop", nodeApp(answering("one"), manifest));
await tide.json("app", "create", "plans");

/** What ssh is told: this key and no other, and the host key that the instance says it has. */
function sshWith(key: string, ...more: readonly string[]): readonly string[] {
  const options = [
    `IdentityFile=${at(key)}`,
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${at("known_hosts")}`,
    ...more,
  ];
  return ["-F", "none", ...options.flatMap((option) => ["-o", option])];
}

function environmentOf(key: string, ...more: readonly string[]): NodeJS.ProcessEnv {
  return { ...gitEnvironment, GIT_SSH_COMMAND: ["ssh", ...sshWith(key, ...more)].join(" ") };
}

async function gitAs(key: string, ...argv: readonly string[]): Promise<Ran> {
  return await run("git", argv, { cwd: author.directory, env: environmentOf(key) });
}

async function ssh(key: string, ...words: readonly string[]): Promise<Ran> {
  const who = ["-p", String(tide.sshPort), "git@localhost"];
  return await run("ssh", [...sshWith(key), ...who, ...words]);
}

async function newKey(name: string, kind = ["-t", "ed25519"]): Promise<void> {
  const made = await run("ssh-keygen", [
    "-q",
    ...kind,
    "-N",
    "",
    "-C",
    `${name}@laptop`,
    "-f",
    at(name),
  ]);
  assert.equal(made.code, 0, made.stderr);
}

/** Creates a user with one role on the shop, and adds a key as them. */
async function letIn(name: string, role: string, kind?: string[]): Promise<Json> {
  await tide.json("user", "create", name, "--role", role, "--on", "app:shop");
  const { text } = await tide.json("token", "create", "--label", "laptop", "--for", name);
  await newKey(name, kind);
  return JSON.parse((await keyCommand(text, "add", at(`${name}.pub`), "--json")).stdout);
}

async function keyCommand(token: string, ...words: readonly string[]): Promise<Ran> {
  return await tide.cli(["ssh-key", ...words], { env: { TIDEGATE_TOKEN: token } });
}

test("the host key is made once, is private, and is told where people look", { skip }, async () => {
  assert.equal((await stat(at("ssh/host_ed25519"))).mode & 0o777, 0o600);
  const listed = await run("ssh-keygen", ["-lf", at("ssh/host_ed25519.pub")]);
  const [, fingerprint = ""] = listed.stdout.split(" ");
  const status = await tide.json("status");
  assert.deepEqual(status.ssh, { url, hostKey: fingerprint });
  const finding = (await tide.cli(["doctor"])).stdout;
  assert.ok(finding.includes(fingerprint) && finding.includes("on this machine only"), finding);
  const text = await readFile(at("ssh/host_ed25519.pub"), "utf8");
  await appendFile(at("known_hosts"), `[localhost]:${tide.sshPort} ${text}`);
});

test(
  "a key is added, and its owner pushes with it and reads the delivery as it happens",
  { skip },
  async () => {
    const bo = await letIn("bo", "developer");
    assert.match(bo.fingerprint, /^SHA256:/);
    const linked = await tide.cli(["link", "shop", "--ssh"], { cwd: author.directory });
    assert.equal(linked.code, 2, "the machine itself has no key");
    assert.match(linked.stderr, /next: tidegate ssh-key add/);
    await author.git("remote", "set-url", "tide", `${url}/shop.git`);
    const push = startPush(author.directory, ["tide", "main"], environmentOf("bo"));
    const pushed = await push.ended();
    assert.equal(pushed.code, 0, pushed.text);
    assert.match(pushed.text, /source .* everybody has v1/);
    await tide.untilServes("shop");
    assert.equal((await tide.visit("shop")).body.trim(), "one");
    const change = await tide.change("shop");
    assert.equal(change.pushedBy, "bo");
    const { by, actor } = (await tide.journal()).find(
      ({ type }) => type === "dev.cdevents.change.merged",
    );
    assert.deepEqual([actor, by.sshKey, by.address], ["bo", bo.id, "127.0.0.1"]);
    assert.match(by.userAgent, /OpenSSH/);
    const fetched = await gitAs("bo", "fetch", "tide");
    assert.equal(fetched.code, 0, fetched.stderr);
    assert.match(await author.git("log", "--notes=tidegate", "-1"), /Outcome: live/);
  },
);

test(
  "every kind of key that is taken works with the real client, through many new session keys",
  { skip },
  async () => {
    const kinds = [
      ["cy", ["-t", "rsa", "-b", "3072"]],
      ["di", ["-t", "ecdsa", "-b", "256"]],
      ["ed", ["-t", "ecdsa", "-b", "521"]],
    ] as const;
    for (const [name, kind] of kinds) {
      await letIn(name, "developer", [...kind]);
      const read = await gitAs(name, "ls-remote", `${url}/shop.git`, "refs/heads/main");
      assert.equal(read.code, 0, read.stderr);
    }
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, () => Math.random() * 256));
    await author.commit("Say two", {
      ...nodeApp(answering("two")),
      noise: noise.toString("base64"),
    });
    const push = startPush(
      author.directory,
      ["tide", "main"],
      environmentOf("bo", "RekeyLimit=200K"),
    );
    const pushed = await push.ended();
    assert.equal(pushed.code, 0, pushed.text);
  },
);

test("another key, a weak one and a private half are refused", { skip }, async () => {
  await newKey("eve");
  const unknown = await gitAs("eve", "ls-remote", `${url}/shop.git`);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /Permission denied \(publickey\)/);
  await newKey("weak", ["-t", "rsa", "-b", "2048"]);
  const weak = await tide.cli(["ssh-key", "add", at("weak.pub")]);
  assert.equal(weak.code, 2);
  assert.match(weak.stderr, /an RSA key of 2048 bits; expected .*3072 bits or more/);
  const halves = await tide.cli(["ssh-key", "add", at("eve")]);
  assert.match(halves.stderr, /the private half of a key; expected the public half/);
  const taken = await tide.cli(["ssh-key", "add", at("bo.pub")]);
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, /exists already/);
  assert.deepEqual((await tide.json("ssh-key", "list")).sshKeys, []);
});

test(
  "a viewer reads and does not push, and a hidden app is answered like one that is not there",
  { skip },
  async () => {
    await letIn("vi", "viewer");
    assert.equal((await gitAs("vi", "ls-remote", `${url}/shop.git`)).code, 0);
    const push = await gitAs("vi", "push", `${url}/shop.git`, "main");
    assert.match(push.stderr, /vi may not push; that takes source\.push/);
    assert.match(push.stderr, /next: .*tidegate grant add vi developer --on app:shop/);
    const hidden = await gitAs("vi", "ls-remote", `${url}/plans.git`);
    const missing = await gitAs("vi", "ls-remote", `${url}/plots.git`);
    assert.match(hidden.stderr, /tidegate: there is no app "plans"/);
    assert.equal(hidden.stderr.replaceAll("plans", "plots"), missing.stderr);
  },
);

test(
  "there is nothing but git: no shell, no command, no files, no forwarding",
  { skip },
  async () => {
    const hello = await ssh("vi");
    assert.equal(hello.code, 1);
    assert.match(hello.stderr, /^Hello vi: this is Tidegate.*\nnext: git clone ssh:/m);
    const command = await ssh("vi", "id");
    assert.deepEqual([command.code, command.stdout], [1, ""]);
    assert.match(command.stderr, /only git fetch and git push are served here/);
    const files = await run("sftp", [
      ...sshWith("vi"),
      "-P",
      String(tide.sshPort),
      "git@localhost",
    ]);
    assert.notEqual(files.code, 0);
    const forwarded = await ssh("vi", "-W", `127.0.0.1:${tide.port}`);
    assert.notEqual(forwarded.code, 0);
    const back = await freePort();
    const listening = await ssh(
      "vi",
      "-N",
      "-o",
      "ExitOnForwardFailure=yes",
      "-R",
      `${back}:127.0.0.1:1`,
    );
    assert.notEqual(listening.code, 0);
  },
);

test(
  "a server that is killed drops the connection, and a push that was accepted is delivered",
  { skip },
  async () => {
    const commit = await author.commit("Say three", nodeApp(answering("three"), manifest));
    const push = startPush(author.directory, ["tide", "main"], environmentOf("bo"));
    await push.saw(/^source /);
    await tide.kill("server");
    const pushed = await push.ended();
    assert.match(pushed.text, /closed by remote host|hung up unexpectedly|The push is safe/);
    await tide.untilState(commit, ["live"]);
  },
);

test("a removed key, and one of somebody who was disabled, open nothing", { skip }, async () => {
  const [key] = (await tide.json("ssh-key", "list", "--of", "bo")).sshKeys;
  assert.equal(key.lastAddress, "127.0.0.1");
  const preview = await tide.cli(["ssh-key", "remove", key.id, "--dry-run"]);
  assert.match(preview.stdout, /would remove the SSH key/);
  assert.equal((await gitAs("bo", "ls-remote", `${url}/shop.git`)).code, 0);
  await tide.json("ssh-key", "remove", key.id);
  assert.match((await gitAs("bo", "ls-remote", `${url}/shop.git`)).stderr, /Permission denied/);
  await tide.json("user", "disable", "vi");
  assert.match((await gitAs("vi", "ls-remote", `${url}/shop.git`)).stderr, /Permission denied/);
});

test("it can be off", { skip }, async () => {
  await tide.down();
  const flags = tide
    .portFlags()
    .map((flag, index, all) => (all[index - 1] === "--ssh-port" ? "off" : flag));
  const up = await tide.json("up", "--detach", ...flags);
  assert.equal(up.sshUrl, undefined);
  assert.equal((await tide.json("status")).ssh, undefined);
  assert.match((await gitAs("cy", "ls-remote", `${url}/shop.git`)).stderr, /Connection refused/);
});
