import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprintOf, parseSshPublicKey, sshKeyIdOf } from "#domain";

function field(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function line(algorithm: string, ...fields: readonly (Uint8Array | string)[]): string {
  return `${algorithm} ${Buffer.concat([algorithm, ...fields].map(field)).toString("base64")} ana@laptop`;
}

const decoded = (text: string) => Buffer.from(text, "base64url");
const of = (key: KeyObject) => {
  const { x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" });
  return {
    x: decoded(x),
    point: Buffer.concat([Buffer.of(4), decoded(x), decoded(y)]),
    // Positive, whatever its first bit.
    n: Buffer.concat([Buffer.of(0), decoded(n)]),
    e: decoded(e),
  };
};
const ed25519 = of(generateKeyPairSync("ed25519").publicKey);
const curve = (namedCurve: string) => of(generateKeyPairSync("ec", { namedCurve }).publicKey).point;
const rsa = (modulusLength: number) => of(generateKeyPairSync("rsa", { modulusLength }).publicKey);
const [small, large] = [rsa(2048), rsa(3072)];
const justUnder = Buffer.concat([Buffer.of(0, 0x7f), Buffer.alloc(383, 0xff)]);
const good = line("ssh-ed25519", ed25519.x);
const p256 = line("ecdsa-sha2-nistp256", "nistp256", curve("P-256"));

// oxfmt-ignore
const cases: readonly (readonly [claim: string, text: string, expected: RegExp | "taken"])[] = [
  ["Ed25519 is taken",                     good, "taken"],
  ["a line break at the end is no second line", `${good}\r\n\n`, "taken"],
  ["P-256 is taken",                       p256, "taken"],
  ["P-384 is taken",                       line("ecdsa-sha2-nistp384", "nistp384", curve("P-384")), "taken"],
  ["P-521 is taken",                       line("ecdsa-sha2-nistp521", "nistp521", curve("P-521")), "taken"],
  ["RSA of 3,072 bits is taken",           line("ssh-rsa", large.e, large.n), "taken"],
  ["RSA of 3,071 bits is refused",         line("ssh-rsa", large.e, justUnder), /found an RSA key of 3071 bits/],
  ["RSA of 2,048 bits is refused",         line("ssh-rsa", small.e, small.n), /found an RSA key of 2048 bits/],
  ["RSA with an even exponent is refused", line("ssh-rsa", Buffer.of(2), large.n), /cut or changed/],
  ["RSA with exponent one is refused",     line("ssh-rsa", Buffer.of(1), large.n), /cut or changed/],
  ["DSA is refused",                       line("ssh-dss", large.n), /found a DSA key/],
  ["a hardware key is refused",            line("sk-ssh-ed25519@openssh.com", ed25519.x, "ssh:"), /hardware token/],
  ["a certificate is refused",             line("ssh-ed25519-cert-v01@openssh.com", ed25519.x), /a certificate/],
  ["another curve's point is refused",     line("ecdsa-sha2-nistp256", "nistp256", curve("P-384")), /cut or changed/],
  ["another curve's name is refused",      line("ecdsa-sha2-nistp256", "nistp384", curve("P-384")), /cut or changed/],
  ["a compressed point is refused",        line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 2)), /cut or changed/],
  ["a key under another name is refused",  good.replace("ssh-ed25519", "ssh-rsa"), /cut or changed/],
  ["a cut key is refused",                 line("ssh-ed25519", ed25519.x.subarray(1)), /cut or changed/],
  ["more behind the key is refused",       line("ssh-ed25519", ed25519.x, "x"), /cut or changed/],
  ["options before the key are refused",   `command="sh" ${good}`, /expected an Ed25519/],
  ["two keys are refused",                 `${good}\n${p256}`, /one key/],
  ["nothing is refused",                   "", /one key/],
  ["what is no key is refused",            "hello", /expected an Ed25519/],
  ["the private half is refused",          "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----", /found the private half/],
  ["a very long text is refused",          `${good}${"x".repeat(9000)}`, /one key/],
];
for (const [claim, text, expected] of cases) {
  test(`ssh key: ${claim}`, () => {
    const parsed = parseSshPublicKey(text);
    if (expected === "taken") {
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.equal(parsed.value.comment, "ana@laptop");
      return;
    }
    assert.ok(!parsed.ok);
    const { expected: wanted, found = "" } = parsed.error;
    assert.match(`expected ${wanted}; found ${found}`, expected);
  });
}

test("ssh key: fingerprint and id are as ssh-keygen has them, and do not change", () => {
  const text = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
  const parsed = parseSshPublicKey(text);
  assert.ok(parsed.ok);
  const { blob } = parsed.value;
  assert.equal(fingerprintOf(blob), "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA");
  assert.equal(sshKeyIdOf(blob), "key_cs02s538rp4m");
});

test("ssh key: no text makes it throw, and none is taken that is not a key", () => {
  const kinds = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 80 }), (kind, bytes) => {
      const parsed = parseSshPublicKey(`${kind} ${Buffer.from(bytes).toString("base64")}`);
      assert.ok(!parsed.ok);
      assert.ok(!parseSshPublicKey(Buffer.from(bytes).toString("latin1")).ok);
    }),
  );
});
