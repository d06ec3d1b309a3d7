import assert from "node:assert/strict";
import { argon2Sync } from "node:crypto";
import { test } from "node:test";
import { argon2, hashesAtOnceMax, hashesWaitingMax } from "./limits.ts";
import { passwordHasher } from "./password-hash.ts";

const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
const password = "correct horse battery staple";

test("a hash is PHC's string of argon2id with today's parameters, and different each time", async () => {
  const hasher = passwordHasher();
  const [first, second] = [await hasher.hash(password), await hasher.hash(password)];
  assert(first.ok && second.ok);
  assert.match(
    first.value,
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
  assert.notEqual(first.value, second.value);
});

test("the right password fits its hash, and no other does", async () => {
  const hasher = passwordHasher();
  const hash = await hasher.hash(password);
  assert(hash.ok);
  const cases = [
    [password, true],
    [`${password} `, false],
    [password.toUpperCase(), false],
    ["", false],
  ] as const;
  for (const [given, isRight] of cases) {
    assert.deepEqual(await hasher.verify(given, hash.value), {
      ok: true,
      value: { isRight, isOutdated: false },
    });
  }
});

test("letters that a keyboard composes are the same as letters that it does not", async () => {
  const hasher = passwordHasher();
  const hash = await hasher.hash("größenordnung und maß");
  assert(hash.ok);
  const verified = await hasher.verify("größenordnung und maß".normalize("NFD"), hash.value);
  assert(verified.ok && verified.value.isRight);
});

test("a hash with other parameters still fits, and is to be made anew", async () => {
  const nonce = Buffer.alloc(16, 7);
  const parameters = {
    message: password,
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 8192,
    passes: 1,
  };
  const tag = argon2Sync("argon2id", parameters);
  const kept = `$argon2id$v=19$m=8192,t=1,p=1$${unpadded(nonce)}$${unpadded(tag)}`;
  const verified = await passwordHasher().verify(password, kept);
  assert.deepEqual(verified, { ok: true, value: { isRight: true, isOutdated: true } });
});

test("without a hash, with a foreign or a broken one, nothing fits and the work is done all the same", async () => {
  const kept = [
    undefined,
    "",
    "$2b$12$abcdefghijklmnopqrstuv",
    "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=9999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=19456,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ];
  const hasher = passwordHasher();
  for (const hash of kept) {
    const verified = await hasher.verify(password, hash);
    assert.deepEqual(verified, { ok: true, value: { isRight: false, isOutdated: false } }, hash);
  }
});

test("more than fit into the queue are told to come back, and the others get their turn", async () => {
  const hasher = passwordHasher();
  const most = hashesAtOnceMax + hashesWaitingMax;
  const all = await Promise.all(
    Array.from({ length: most + 3 }, () => hasher.verify("x", undefined)),
  );
  const refused = all.filter((each) => !each.ok);
  assert.equal(refused.length, 3);
  const [first] = refused;
  assert(first !== undefined && !first.ok);
  assert.equal(first.error.code, "unavailable");
  assert((await hasher.verify("x", undefined)).ok, "and the queue is free again");
});

test("the parameters are among those that OWASP recommends", () => {
  const recommended = [
    [47_104, 1],
    [19_456, 2],
    [12_288, 3],
    [9_216, 4],
    [7_168, 5],
  ];
  assert(
    recommended.some(
      ([memory, passes]) =>
        (memory ?? 0) * 1_024 === argon2.memoryBytes && passes === argon2.passes,
    ),
  );
});
