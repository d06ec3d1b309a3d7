/** Keys that can be read, of a generator of which one in two hundred cannot. */
import assert from "node:assert/strict";
import { test } from "node:test";
import ssh2 from "ssh2";
import { parseSshPublicKey } from "#domain";
import { newKeyPair } from "./key-pair.ts";

const pairs = 1_000;

test(`ssh key pairs: ${pairs} of them can all be read`, async () => {
  for (let made = 0; made < pairs; made += 1) {
    const { privateKey, publicKey } = await newKeyPair("tidegate");
    const read = ssh2.utils.parseKey(privateKey);
    assert.ok(!(read instanceof Error) && !Array.isArray(read), privateKey);
    assert.ok(parseSshPublicKey(publicKey).ok, publicKey);
  }
});
