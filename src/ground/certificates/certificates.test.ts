/** What may be served and what may not, with certificates made here; and the file that the edges read. */
import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Log } from "#domain";
import { checkCertificate, type CertificatePair } from "./check-certificate.ts";
import { certificateFinding, doorFinding } from "./findings.ts";
import { keepCertificate, servedFile } from "./keep-certificate.ts";
import { makeSelfSigned } from "./self-signed.ts";

const quiet = () => undefined;
const day = 86_400_000;
const now = Date.UTC(2027, 2, 1);
const domain = "example.org";
const pair = await makeSelfSigned(domain, now);
const other = await makeSelfSigned("example.com", now);
const locked = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
}).privateKey;

test("what is made here serves the domain, and signs for nobody else", () => {
  const checked = checkCertificate(pair, { domain, now });
  assert.ok(checked.ok);
  assert.ok(checked.value.untilAt - now > 300 * day && checked.value.untilAt - now < 398 * day);
  assert.equal(new X509Certificate(pair.certificate).ca, false);
});

test("a chain, and a key in the same file, are passed over", () => {
  const whole = `${pair.certificate}${other.certificate}${pair.key}`;
  assert.ok(checkCertificate({ certificate: whole, key: whole }, { domain, now }).ok);
});

// oxfmt-ignore
const refused: readonly (readonly [what: string, pair: CertificatePair, now: number, code: string, reason: RegExp])[] = [
  ["no certificate",   { ...pair, certificate: "hello" },               now,             "not_a_certificate", /PEM/],
  ["an empty file",    { ...pair, certificate: "" },                    now,             "not_a_certificate", /PEM/],
  ["no key",           { ...pair, key: "hello" },                       now,             "not_a_key",         /key/],
  ["a locked key",     { ...pair, key: locked },                        now,             "not_a_key",         /key/],
  ["another key",      { ...pair, key: other.key },                     now,             "key_differs",       /another key/],
  ["a chain first",    { ...pair, certificate: `${other.certificate}${pair.certificate}` }, now, "key_differs", /another key/],
  ["one of the past",  pair,                                            now + 400 * day, "expired",           /expired on 2028-/],
  ["one to come",      pair,                                            now - 2 * day,   "not_yet_valid",     /valid from/],
  ["other names",      other,                                           now,             "names_missing",     /example\.com.*not for tidegate\.example\.org and \*\.example\.org/],
];
for (const [what, given, at, code, reason] of refused) {
  test(`refused: ${what}`, () => {
    const checked = checkCertificate(given, { domain, now: at });
    assert.ok(!checked.ok);
    assert.equal(checked.error.code, code);
    assert.match(checked.error.reason, reason);
    assert.doesNotMatch(JSON.stringify(checked.error), /PRIVATE/);
  });
}

test("doctor warns in the last month, and says why a newer one is not used", () => {
  const checked = checkCertificate(pair, { domain, now });
  assert.ok(checked.ok);
  const address = { domain, port: 443 };
  const facts = { address, hasAdmin: true, served: checked.value, fault: undefined, now };
  assert.equal(certificateFinding(facts)[0]?.state, "good");
  assert.equal(certificateFinding({ ...facts, now: now + 370 * day })[0]?.state, "fair");
  const worse = checkCertificate(other, { domain, now });
  assert.ok(!worse.ok);
  assert.match(
    String(certificateFinding({ ...facts, fault: worse.error })[0]?.found),
    /is not used/,
  );
  assert.equal(doorFinding({ ...facts, isAnswered: true }).state, "good");
  assert.equal(doorFinding({ ...facts, isAnswered: false }).state, "bad");
  assert.match(
    doorFinding({ ...facts, hasAdmin: false, isAnswered: false }).found,
    /administrator/,
  );
});

async function keeperIn(context: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), "tg-certificates-"));
  context.after(async () => await rm(dataDir, { recursive: true, force: true }));
  const certificateFile = join(dataDir, "theirs.crt");
  const keyFile = join(dataDir, "theirs.key");
  const put = async ({ certificate, key }: CertificatePair) => {
    await writeFile(certificateFile, certificate);
    await writeFile(keyFile, key);
  };
  const machine = { hasAdmin: true, now };
  const log: Log = { error: quiet, warn: quiet, info: quiet, debug: quiet };
  const keeper = keepCertificate({
    dataDir,
    // Nobody listens there: a start does not wait, because its clock runs away.
    address: { domain, port: 1 },
    source: { kind: "files", certificateFile, keyFile },
    hasAdmin: async () => machine.hasAdmin,
    clock: {
      now: () => machine.now,
      random: () => 0,
      sleep: async () => void (machine.now += 60_000),
    },
    log,
  });
  const served = async () => await readFile(servedFile(dataDir, domain), "utf8").catch(() => "");
  return { keeper, put, served, machine, file: servedFile(dataDir, domain) };
}

test("nothing is there to serve until there is an administrator", async (t) => {
  const { keeper, put, served, machine } = await keeperIn(t);
  await put(pair);
  machine.hasAdmin = false;
  await keeper.open();
  assert.equal(await served(), "");
  assert.match(String((await keeper.findings())[0]?.found), /nobody is an administrator/);
  machine.hasAdmin = true;
  await keeper.open();
  assert.match(await served(), /BEGIN CERTIFICATE[\s\S]*BEGIN PRIVATE KEY/);
});

test("a better one replaces, a worse one does not, and it is nobody else's to read", async (t) => {
  const { keeper, put, served, file } = await keeperIn(t);
  await put(pair);
  await keeper.open();
  const first = await served();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await put(other);
  await keeper.open();
  assert.equal(await served(), first);
  assert.match(JSON.stringify(await keeper.findings()), /newer one is for .*example\.com/);
  const renewed = await makeSelfSigned(domain, now);
  await put(renewed);
  await keeper.open();
  assert.equal(await served(), `${renewed.certificate.trimEnd()}\n${renewed.key.trimEnd()}\n`);
});
