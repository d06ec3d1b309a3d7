import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ceremonyMsMax } from "./limits.ts";
import { openSealKey, sealWith } from "./seal.ts";

const now = 1_800_000_000_000;
const seal = sealWith(Buffer.alloc(32, 1));
const body = { challenge: "abc", subject: "usr_1" };
const sealed = seal.close("passkey.sign-in", body, now);

test("what was sealed here comes back, for its purpose and in time", () => {
  assert.deepEqual(seal.open("passkey.sign-in", sealed, now + ceremonyMsMax - 1), body);
  assert(!sealed.includes("abc"), "and nobody else reads it");
});

// oxfmt-ignore
const refused: readonly (readonly [claim: string, open: () => unknown])[] = [
  ["for another purpose",      () => seal.open("provider.sign-in", sealed, now)],
  ["too late",                 () => seal.open("passkey.sign-in", sealed, now + ceremonyMsMax)],
  ["by another key",           () => sealWith(Buffer.alloc(32, 2)).open("passkey.sign-in", sealed, now)],
  ["when there is none",       () => seal.open("passkey.sign-in", undefined, now)],
  ["when it is empty",         () => seal.open("passkey.sign-in", "", now)],
  ["when it is far too long",  () => seal.open("passkey.sign-in", sealed.repeat(100), now)],
  ["when it is no base64",     () => seal.open("passkey.sign-in", "ü".repeat(60), now)],
];
for (const [claim, open] of refused) {
  test(`nothing is opened ${claim}`, () => assert.equal(open(), undefined));
}

test("nothing is opened when any byte of it is another, or it was cut off anywhere", () => {
  const bytes = Buffer.from(sealed, "base64url");
  for (let index = 0; index < bytes.length; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index] = (altered[index] ?? 0) ^ 1;
    assert.equal(seal.open("passkey.sign-in", altered.toString("base64url"), now), undefined);
    const cut = bytes.subarray(0, index).toString("base64url");
    assert.equal(seal.open("passkey.sign-in", cut, now), undefined);
  }
});

test("a signature holds for its text and its purpose, and for no other", () => {
  const signature = seal.sign("device", "usr_1 dev_1");
  assert(seal.isSigned("device", "usr_1 dev_1", signature));
  assert(!seal.isSigned("device", "usr_2 dev_1", signature));
  assert(!seal.isSigned("other", "usr_1 dev_1", signature));
  assert(!seal.isSigned("device", "usr_1 dev_1", signature.slice(1)));
});

test("the key is made once, for its owner alone, and a broken one is not taken", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-seal-"));
  try {
    const [first, second] = [await openSealKey(dataDir), await openSealKey(dataDir)];
    assert.deepEqual(first, second);
    const file = join(dataDir, "sign-in-key");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await writeFile(file, "half\n");
    await assert.rejects(openSealKey(dataDir), /holds no key/);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
