/**
 * Checks evidence before anybody is exposed to what it vouches for. Every bundle must be the one that
 * was recorded, carry a signature of our key over exactly its bytes, and speak about this artifact.
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import { bundleFromJSON, isBundleWithDsseEnvelope } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { VerificationError } from "@sigstore/verify";
import type { BlobStore, Digest, Evidence, Problem } from "#domain";
import { err, ok, sha256Hex, type Result } from "#std";
import { bundleBytesMax, statementsMax } from "../limits.ts";
import { payloadType, provenanceType, type VerifiedStatement } from "../statement.ts";
import { parseStatement } from "./parse-statement.ts";
import { keyIdOf } from "./signer.ts";

/**
 * Gives the verified statements about `artifact`, among them at least one provenance, or the first
 * reason to refuse. `publicKey` is PEM. Reads blobs, writes nothing.
 */
export async function verifyEvidence(
  artifact: Digest,
  evidence: readonly Evidence[],
  ports: { readonly blobs: Pick<BlobStore, "get">; readonly publicKey: string },
): Promise<Result<readonly VerifiedStatement[], Problem>> {
  if (evidence.length > statementsMax) {
    const why = `${evidence.length} statements are recorded; at most ${statementsMax} are read`;
    return err(refusal(artifact, { code: "evidence_too_much", why }));
  }
  const key = createPublicKey(ports.publicKey);
  const verifier = verifierFor(key);
  const results = await Promise.all(
    evidence.map((item) => verifyOne(artifact, item, { ...ports, key, verifier })),
  );
  const statements: VerifiedStatement[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    statements.push(result.value);
  }
  if (!statements.some((statement) => statement.predicateType === provenanceType)) {
    const why = "it has no signed provenance";
    return err(refusal(artifact, { code: "provenance_missing", why }));
  }
  return ok(statements);
}

interface Means {
  readonly blobs: Pick<BlobStore, "get">;
  readonly key: KeyObject;
  readonly verifier: Verifier;
}

interface Refusal {
  readonly code: string;
  readonly why: string;
  readonly bundle?: Digest;
}

async function verifyOne(
  artifact: Digest,
  evidence: Evidence,
  means: Means,
): Promise<Result<VerifiedStatement, Problem>> {
  const { bundle } = evidence;
  const refuse = (code: string, why: string): Result<never, Problem> =>
    err(refusal(artifact, { code, why, bundle }));
  if (evidence.artifact !== artifact) {
    return refuse("evidence_other_subject", `evidence is recorded for ${evidence.artifact}`);
  }
  const read = await readBlob(means.blobs, bundle);
  if (!read.ok) return refuse("evidence_unreadable", read.error);
  const bytes = read.value;
  if (bytes === undefined) return refuse("evidence_missing", "a bundle is not in the blob store");
  if (bytes.length > bundleBytesMax) {
    return refuse("evidence_too_much", `a bundle has ${bytes.length} bytes`);
  }
  if (`sha256:${sha256Hex(bytes)}` !== bundle) {
    return refuse("evidence_altered", "a stored bundle is not the one that was recorded");
  }
  const payload = signedPayload(bytes, means);
  if (!payload.ok) return err(refusal(artifact, { ...payload.error, bundle }));
  const statement = parseStatement(payload.value);
  if (statement === undefined) {
    return refuse("evidence_malformed", "a signed payload is not an in-toto statement v1");
  }
  if (!statement.subjects.includes(artifact)) {
    const about = statement.subjects.join(", ") || "nothing";
    return refuse("evidence_other_subject", `a statement is about ${about}`);
  }
  if (statement.predicateType !== evidence.predicateType) {
    return refuse("evidence_altered", `a statement is ${statement.predicateType}`);
  }
  const { predicateType, predicate, builder } = statement;
  return ok({ artifact, predicateType, predicate, bundle, ...(builder && { builder }) });
}

/** A store throws when a disk fails or a blob no longer has its digest: either way there is no evidence. */
async function readBlob(
  blobs: Pick<BlobStore, "get">,
  digest: Digest,
): Promise<Result<Uint8Array | undefined, string>> {
  try {
    return ok(await blobs.get(digest));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** The bytes that our key signed, or why there are none. */
function signedPayload(bytes: Uint8Array, means: Means): Result<Uint8Array, Refusal> {
  try {
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(bytes).toString("utf8")));
    const isOurForm =
      isBundleWithDsseEnvelope(bundle) &&
      bundle.content.dsseEnvelope.payloadType === payloadType &&
      bundle.content.dsseEnvelope.signatures.length === 1;
    if (!isOurForm) {
      return err({ code: "evidence_malformed", why: "a bundle holds no signed in-toto statement" });
    }
    means.verifier.verify(toSignedEntity(bundle));
    return ok(bundle.content.dsseEnvelope.payload);
  } catch (error) {
    // Both libraries report by throwing; what is not a verification is a bundle that cannot be read.
    const why = error instanceof Error ? error.message : String(error);
    if (!(error instanceof VerificationError)) {
      return err({ code: "evidence_malformed", why: `a bundle cannot be read: ${why}` });
    }
    const code = error.code === "PUBLIC_KEY_ERROR" ? "evidence_foreign_key" : "evidence_altered";
    return err({ code, why: `a bundle does not verify: ${why}` });
  }
}

/** Trusts the one key and nothing else: no certificate authority, no transparency log, no clock. */
function verifierFor(key: KeyObject): Verifier {
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  };
  const keyId = keyIdOf(key);
  const trust = toTrustMaterial(root, (hint) => {
    if (hint === keyId) return { publicKey: key, validFor: () => true };
    throw new VerificationError({
      code: "PUBLIC_KEY_ERROR",
      message: `it names the key ${hint}, which is not ours (${keyId})`,
    });
  });
  return new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
}

function refusal(artifact: Digest, what: Refusal): Problem {
  return {
    code: what.code,
    message: `the evidence about ${artifact.slice(0, 19)}… is refused: ${what.why}`,
    ...(what.bundle && { where: `bundle ${what.bundle}` }),
    next: "push again to build and sign it anew; if it happens twice, check the data directory",
  };
}
