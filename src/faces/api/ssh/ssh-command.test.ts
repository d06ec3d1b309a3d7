import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { algorithms, isSound } from "./algorithms.ts";
import { parseSshCommand } from "./ssh-command.ts";

// oxfmt-ignore
const commands: readonly (readonly [text: string, expected: string])[] = [
  ["git-receive-pack '/shop.git'",       "git-receive-pack shop"],
  ["git-upload-pack '/shop.git'",        "git-upload-pack shop"],
  ["git-upload-pack 'shop.git'",         "git-upload-pack shop"],
  ["git upload-pack '/shop.git'",        "git-upload-pack shop"],
  ["git-upload-pack '/shop.git/'",       "git-upload-pack shop"],
  ["git-upload-pack '/shop'",            "other"],
  ["git-upload-pack /shop.git",          "other"],
  ["git-upload-pack \"/shop.git\"",      "other"],
  ["git-upload-pack '/shop.git' ",       "other"],
  [" git-upload-pack '/shop.git'",       "other"],
  ["git-upload-pack  '/shop.git'",       "other"],
  ["git-upload-pack '/shop.git'\n",      "other"],
  ["git-upload-pack '/shop.git'; id",    "other"],
  ["git-upload-pack '/shop.git''/x.git'", "other"],
  ["git-upload-pack '//shop.git'",       "other"],
  ["git-upload-pack '/git/shop.git'",    "other"],
  ["git-upload-pack '/../shop.git'",     "other"],
  ["git-upload-pack '~/shop.git'",       "other"],
  ["git-upload-pack '/..git'",           "git-upload-pack -"],
  ["git-upload-pack '/Shop.git'",        "git-upload-pack -"],
  ["git-upload-pack '/$(id).git'",       "git-upload-pack -"],
  ["git-upload-pack --strict '/a.git'",  "other"],
  ["git-upload-archive '/shop.git'",     "other"],
  ["git-shell",                          "other"],
  ["scp -t /",                           "other"],
  ["sh",                                 "other"],
  ["",                                   "other"],
  [`git-upload-pack '/${"a".repeat(300)}.git'`, "other"],
];
for (const [text, expected] of commands) {
  test(`ssh command: ${JSON.stringify(text.slice(0, 60))} is ${expected}`, () => {
    const found = parseSshCommand(text);
    assert.equal(
      found.kind === "git" ? `${found.service} ${found.app ?? "-"}` : found.kind,
      expected,
    );
  });
}

test("ssh command: whatever is asked for, only a name that an app can have is served", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40, unit: "binary" }), (name) => {
      const found = parseSshCommand(`git-receive-pack '/${name}.git'`);
      if (found.kind !== "git") return;
      assert.match(found.name, /^[\x20-\x7e]+$/);
      if (found.app !== undefined) assert.match(found.app, /^[a-z][a-z0-9-]*$/);
    }),
  );
});

// oxfmt-ignore
const signatures: readonly (readonly [algorithm: string, hash: string | undefined, expected: boolean])[] = [
  ["ssh-ed25519",         undefined, true],
  ["ecdsa-sha2-nistp256", undefined, true],
  ["ecdsa-sha2-nistp384", undefined, true],
  ["ecdsa-sha2-nistp521", undefined, true],
  ["ssh-rsa",             "sha256",  true],
  ["ssh-rsa",             "sha512",  true],
  ["ssh-rsa",             undefined, false],
  ["ssh-rsa",             "sha1",    false],
  ["ssh-dss",             undefined, false],
  ["sk-ssh-ed25519@openssh.com", undefined, false],
  ["ssh-ed25519-cert-v01@openssh.com", undefined, false],
  ["ecdsa-sha2-nistp192", undefined, false],
];
for (const [algorithm, hash, expected] of signatures) {
  test(`ssh signature: ${algorithm} with ${hash ?? "its own hash"} is ${expected ? "taken" : "refused"}`, () => {
    assert.equal(isSound(algorithm, hash), expected);
  });
}

test("ssh algorithms: nothing with SHA-1, CBC, MD5, a finite field or compression is offered", () => {
  const offered = Object.values(algorithms).flat();
  assert.ok(offered.length >= 10);
  for (const name of offered) {
    assert.doesNotMatch(name, /sha1|cbc|md5|arcfour|diffie-hellman|ssh-rsa|ssh-dss|zlib/);
  }
});
