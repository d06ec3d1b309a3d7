/** Attest and verify, end to end over a real key, real bundles and a blob store that can be tampered with. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  digestOf,
  newId,
  parseAppName,
  parseObjectId,
  type Artifact,
  type BlobStore,
  type Change,
  type Clock,
  type Digest,
  type Evidence,
  type TestReport,
} from "#domain";
import { sha256Hex } from "#std";
import { provenanceType, testResultType } from "../statement.ts";
import { attest } from "./attest.ts";
import { preAuthEncoding } from "./dsse.ts";
import { openSigner, type Signer } from "./signer.ts";
import { verifyEvidence } from "./verify.ts";

let dataDir = "";
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "assure-"));
});
after(() => rm(dataDir, { recursive: true, force: true }));

const clock: Clock = { now: () => 1_790_000_000_000, sleep: async () => {}, random: () => 0.5 };

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const app = must(parseAppName("shop"));
const oid = (digit: string) => must(parseObjectId(digit.repeat(40)));
const digest = (text: string): Digest => digestOf(sha256Hex(text));
const changeId = newId("chg", () => 0.3);

const artifact: Artifact = {
  digest: digest("artifact"),
  app,
  change: changeId,
  commit: oid("a"),
  tree: oid("b"),
  plan: {
    digest: digest("plan"),
    stack: "node",
    title: "Node 24, npm",
    reasons: [],
    steps: [
      {
        name: "install",
        commands: [["npm", "ci"]],
        inputs: ["package-lock.json"],
        outputs: ["node_modules"],
        env: {},
        hasNetwork: true,
        timeoutMs: 1000,
      },
    ],
    processes: { web: { argv: ["node", "server.js"] } },
    env: {},
    health: { timeoutMs: 1000 },
    stopGraceMs: 1000,
    testReports: [],
    gate: {},
    rollout: {
      strategy: "adaptive",
      harmBudgetRequests: 50,
      alpha: 0.05,
      guardrails: [],
      exposureMaxPercent: 50,
      maxDurationMs: 1000,
      atMaxDuration: "hold",
      userKey: { from: "edge_cookie" },
      warmMs: 1000,
    },
    toolchain: { node: "24.21.0" },
  },
  steps: [
    {
      name: "install",
      key: digest("install"),
      isCached: true,
      startedAt: 1_789_999_999_000,
      finishedAt: 1_789_999_999_500,
    },
  ],
  directory: "artifacts/x",
  sizeBytes: 41,
  createdAt: 1,
};

const change: Change = {
  id: changeId,
  app,
  environment: "production",
  branch: "main",
  commit: oid("a"),
  tree: oid("b"),
  subject: "Round totals half to even",
  author: { name: "Ana", email: "ana@example.org" },
  committedAt: 1,
  receivedAt: 1,
  pushedBy: "admin",
  trailers: [],
  expectations: [],
  state: "delivering",
  stages: [],
};

const passed: TestReport = {
  outcome: "passed",
  source: "node",
  counts: { passed: 2, failed: 0, skipped: 0 },
  cases: [{ name: "rounds", file: "round.test.js", state: "passed" }],
  isCached: false,
  durationMs: 10,
};

interface Blobs extends BlobStore {
  readonly bytes: Map<string, Uint8Array>;
}

function openBlobs(): Blobs {
  const bytes = new Map<string, Uint8Array>();
  return {
    bytes,
    put: async (content) => {
      const name = digestOf(sha256Hex(content));
      bytes.set(name, content);
      return { digest: name, sizeBytes: content.length };
    },
    get: async (name) => bytes.get(name),
    removeUnneeded: async () => ({ count: 0 }),
  };
}

interface Said {
  readonly signer: Signer;
  readonly blobs: Blobs;
  readonly evidence: readonly Evidence[];
}

async function said(report: TestReport = passed): Promise<Said> {
  const signer = must(await openSigner({ dataDir }));
  const blobs = openBlobs();
  const evidence = await attest({ artifact, change, report }, { signer, blobs, clock });
  return { signer, blobs, evidence };
}

/** Stores other bytes and gives the evidence as if they had been recorded: an attacker with a disk. */
async function replace(those: Said, edit: (bundle: string) => string): Promise<Said> {
  const [first, ...rest] = those.evidence;
  assert.ok(first !== undefined);
  const text = Buffer.from(those.blobs.bytes.get(first.bundle) ?? []).toString("utf8");
  const edited = edit(text);
  assert.notEqual(edited, text, "the edit must change something");
  const put = await those.blobs.put(Buffer.from(edited));
  return { ...those, evidence: [{ ...first, bundle: digestOf(put.digest.slice(7)) }, ...rest] };
}

function editPayload(bundle: string, edit: (statement: string) => string): string {
  const payload = /"payload":"([^"]+)"/.exec(bundle)?.[1] ?? "";
  const edited = edit(Buffer.from(payload, "base64").toString("utf8"));
  return bundle.replace(payload, Buffer.from(edited).toString("base64"));
}

function otherSignature(bundle: string): string {
  const signature = /"sig":"([^"]+)"/.exec(bundle)?.[1] ?? "";
  const bytes = Buffer.from(signature, "base64");
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  return bundle.replace(signature, bytes.toString("base64"));
}

test("evidence: what was attested verifies, with builder and test result", async () => {
  const { signer, blobs, evidence } = await said();
  const verified = must(await verifyEvidence(artifact.digest, evidence, { ...signer, blobs }));
  assert.deepEqual(
    verified.map((statement) => statement.predicateType),
    [provenanceType, testResultType],
  );
  assert.equal(verified[0]?.builder, "https://tidegate.dev/builder/self-hosted/v1");
  assert.equal(verified[1]?.predicate["result"], "PASSED");
});

test("evidence: a project without tests gets no test result, and still verifies", async () => {
  const none = { ...passed, outcome: "none", source: "none", cases: [] } as const;
  const { signer, blobs, evidence } = await said(none);
  const verified = must(await verifyEvidence(artifact.digest, evidence, { ...signer, blobs }));
  assert.deepEqual(
    verified.map((statement) => statement.predicateType),
    [provenanceType],
  );
});

test("evidence: a bundle is what the sigstore and SLSA formats say", async () => {
  const { blobs, evidence, signer } = await said();
  const bytes = blobs.bytes.get(evidence[0]?.bundle ?? "");
  const bundle = JSON.parse(Buffer.from(bytes ?? []).toString("utf8"));
  assert.equal(bundle.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
  assert.equal(bundle.verificationMaterial.publicKey.hint, signer.keyId);
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString("utf8"));
  assert.deepEqual(statement.subject, [
    { name: "shop", digest: { sha256: artifact.digest.slice(7) } },
  ]);
  assert.deepEqual(statement.predicate.buildDefinition.resolvedDependencies[0].digest, {
    gitCommit: artifact.commit,
    gitTree: artifact.tree,
  });
  assert.deepEqual(statement.predicate.runDetails.metadata, {
    invocationId: changeId,
    startedOn: "2026-09-21T14:13:19.000Z",
    finishedOn: "2026-09-21T14:13:19.500Z",
  });
});

test("evidence: a user can check a bundle with the public key file and openssl alone", async () => {
  const { blobs, evidence, signer } = await said();
  const bytes = blobs.bytes.get(evidence[0]?.bundle ?? "");
  const { dsseEnvelope } = JSON.parse(Buffer.from(bytes ?? []).toString("utf8"));
  const signed = preAuthEncoding(
    dsseEnvelope.payloadType,
    Buffer.from(dsseEnvelope.payload, "base64"),
  );
  const signature = Buffer.from(dsseEnvelope.signatures[0].sig, "base64");
  assert.ok(verify("sha256", signed, await readFile(signer.publicKeyFile, "utf8"), signature));
  const [data, sig] = [join(dataDir, "signed"), join(dataDir, "signature")];
  await writeFile(data, signed);
  await writeFile(sig, signature);
  const args = ["dgst", "-sha256", "-verify", signer.publicKeyFile, "-signature", sig, data];
  const { stdout } = await promisify(execFile)("openssl", args);
  assert.match(stdout, /Verified OK/);
});

const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });
const foreignPem = foreign.publicKey.export({ type: "spki", format: "pem" }).toString();
const other = digest("another artifact");

type Attack = (
  those: Said,
) => Promise<Said & { readonly publicKey?: string; readonly about?: Digest }>;
// oxfmt-ignore
const attacks: readonly (readonly [string, string, Attack])[] = [
  ["nothing at all",                    "provenance_missing",     async (s) => ({ ...s, evidence: [] })],
  ["a test result without provenance",  "provenance_missing",     async (s) => ({ ...s, evidence: s.evidence.slice(1) })],
  ["a blob that is gone",               "evidence_missing",       async (s) => { s.blobs.bytes.clear(); return s; }],
  ["other bytes under the same name",   "evidence_altered",       async (s) => { s.blobs.bytes.set(s.evidence[0]?.bundle ?? "", Buffer.from("{}")); return s; }],
  ["a blob that cannot be read",        "evidence_unreadable",    async (s) => ({ ...s, blobs: { ...s.blobs, get: () => Promise.reject(new Error("the disk says no")) } })],
  ["an edited statement",               "evidence_altered",       (s) => replace(s, (b) => editPayload(b, (text) => text.replace("Node 24", "Node 99")))],
  ["an edited signature",               "evidence_altered",       (s) => replace(s, otherSignature)],
  ["an edited payload type",            "evidence_malformed",     (s) => replace(s, (b) => b.replace("vnd.in-toto+json", "vnd.other+json"))],
  ["a bundle that names another key",   "evidence_foreign_key",   (s) => replace(s, (b) => b.replace(/"hint":"[^"]+"/, '"hint":"someone"'))],
  ["a bundle that is not one",          "evidence_malformed",     (s) => replace(s, () => "[]")],
  ["bytes that are not JSON",           "evidence_malformed",     (s) => replace(s, () => "\u0000")],
  ["no signature",                      "evidence_malformed",     (s) => replace(s, (b) => b.replace(/"signatures":\[[^\]]*\]/, '"signatures":[]'))],
  ["a foreign key",                     "evidence_foreign_key",   async (s) => ({ ...s, publicKey: foreignPem })],
  ["evidence recorded for another",     "evidence_other_subject", async (s) => ({ ...s, about: other })],
  ["a statement about another",         "evidence_other_subject", async (s) => ({ ...s, about: other, evidence: s.evidence.map((e) => ({ ...e, artifact: other })) })],
  ["a statement under another type",    "evidence_altered",       async (s) => ({ ...s, evidence: s.evidence.map((e) => ({ ...e, predicateType: provenanceType })).toReversed() })],
  ["more statements than anyone makes", "evidence_too_much",      async (s) => ({ ...s, evidence: Array.from({ length: 65 }, () => s.evidence).flat() })],
];
for (const [claim, code, attack] of attacks) {
  test(`evidence: ${claim} is refused`, async () => {
    const those = await attack(await said());
    const result = await verifyEvidence(those.about ?? artifact.digest, those.evidence, {
      blobs: those.blobs,
      publicKey: those.publicKey ?? those.signer.publicKey,
    });
    assert.ok(!result.ok, "it verified");
    assert.equal(result.error.code, code, result.error.message);
    assert.match(result.error.message, /^the evidence about sha256:.* is refused: ./);
    assert.ok(result.error.next !== undefined);
  });
}

test("evidence: a foreign signature under our key's name is refused", async () => {
  const { signer, blobs } = await said();
  const forger: Signer = { ...signer, sign: (data) => sign("sha256", data, foreign.privateKey) };
  const ports = { signer: forger, blobs, clock };
  const evidence = await attest({ artifact, change, report: passed }, ports);
  const result = await verifyEvidence(artifact.digest, evidence, { ...signer, blobs });
  assert.ok(!result.ok && result.error.code === "evidence_altered");
});

test("signer: the key is made once, 0600, and the same for all who open it at once", async () => {
  const directory = await mkdtemp(join(dataDir, "race-"));
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openSigner({ dataDir: directory })),
  );
  assert.equal(new Set(opened.map((signer) => must(signer).keyId)).size, 1);
  const mode = (await stat(join(directory, "keys", "evidence-key.pem"))).mode & 0o777;
  assert.equal(mode, 0o600);
  assert.deepEqual((await readdir(join(directory, "keys"))).toSorted(), [
    "evidence-key.pem",
    "evidence-key.pub",
  ]);
  assert.equal(
    must(await openSigner({ dataDir: directory })).keyId,
    must(opened[0] ?? (await openSigner({ dataDir }))).keyId,
  );
});

test("signer: nothing of the private key is in what it gives out", async () => {
  const signer = must(await openSigner({ dataDir }));
  assert.doesNotMatch(JSON.stringify(signer) + signer.sign.toString(), /PRIVATE/);
  assert.deepEqual(Object.keys(signer).toSorted(), ["keyId", "publicKey", "publicKeyFile", "sign"]);
});

// oxfmt-ignore
const spoilt: readonly (readonly [string, string, RegExp, (file: string) => Promise<void>])[] = [
  ["a key that others can read", "evidence_key_exposed",  /mode 644, expected 600/, (file) => chmod(file, 0o644)],
  ["a key file of other bytes",  "evidence_key_unusable", /cannot be used/,         (file) => writeFile(file, "not a key")],
  ["an empty key file",          "evidence_key_unusable", /cannot be used/,         (file) => writeFile(file, "")],
  ["a key of another curve",     "evidence_key_unusable", /not a P-256 key/,        (file) => writeFile(file, generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({ type: "pkcs8", format: "pem" }))],
];
for (const [claim, code, message, spoil] of spoilt) {
  test(`signer: ${claim} is refused`, async () => {
    const directory = await mkdtemp(join(dataDir, "spoilt-"));
    must(await openSigner({ dataDir: directory }));
    await spoil(join(directory, "keys", "evidence-key.pem"));
    const opened = await openSigner({ dataDir: directory });
    assert.ok(!opened.ok);
    assert.equal(opened.error.code, code);
    assert.match(opened.error.message, message);
    assert.match(opened.error.where ?? "", /evidence-key\.pem$/);
  });
}

test("signer: a lost public key file is written again", async () => {
  const { publicKeyFile, publicKey } = must(await openSigner({ dataDir }));
  await rm(publicKeyFile);
  must(await openSigner({ dataDir }));
  assert.equal(await readFile(publicKeyFile, "utf8"), publicKey);
});
