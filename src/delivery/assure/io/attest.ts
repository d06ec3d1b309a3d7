/** Says what is known about an artifact, signs it, and stores it. */
import { bundleToJSON, toDSSEBundle } from "@sigstore/bundle";
import {
  digestOf,
  type Artifact,
  type BlobStore,
  type Change,
  type Clock,
  type Evidence,
  type TestReport,
} from "#domain";
import { assert, canonicalJson, sha256Hex } from "#std";
import { payloadType, provenanceStatement, testResultStatement } from "../statement.ts";
import type { Statement } from "../statement.ts";
import { preAuthEncoding } from "./dsse.ts";
import type { Signer } from "./signer.ts";

export interface AttestInput {
  readonly artifact: Artifact;
  readonly change: Change;
  readonly report: TestReport;
}

/**
 * Makes the statements about an artifact (provenance, and the test result if there are tests), each
 * in its own DSSE envelope and sigstore bundle, stored as a blob. Repeating it is harmless: the caller
 * keeps the evidence it stored last.
 */
export async function attest(
  input: AttestInput,
  ports: { readonly signer: Signer; readonly blobs: BlobStore; readonly clock: Clock },
): Promise<readonly Evidence[]> {
  const { artifact, change, report } = input;
  const now = ports.clock.now();
  const started = Math.min(now, ...artifact.steps.map((step) => step.startedAt));
  const finished = Math.max(started, ...artifact.steps.map((step) => step.finishedAt));
  const times = { startedOn: iso(started), finishedOn: iso(finished) };
  const statements = [
    provenanceStatement(artifact, change, times),
    testResultStatement(artifact, report),
  ].filter((statement) => statement !== undefined);

  return Promise.all(
    statements.map(async (statement): Promise<Evidence> => {
      const bytes = sealed(statement, ports.signer);
      const bundle = digestOf(sha256Hex(bytes));
      const stored = await ports.blobs.put(bytes);
      assert(stored.digest.endsWith(bundle.slice("sha256:".length)), "a blob is named by content");
      const { predicateType } = statement;
      return { artifact: artifact.digest, predicateType, bundle, createdAt: now };
    }),
  );
}

/** The bytes of a sigstore bundle v0.3 that holds the statement and its signature. */
function sealed(statement: Statement, signer: Signer): Uint8Array {
  const payload = Buffer.from(canonicalJson(statement.json));
  const bundle = toDSSEBundle({
    artifact: payload,
    artifactType: payloadType,
    signature: Buffer.from(signer.sign(preAuthEncoding(payloadType, payload))),
    keyHint: signer.keyId,
  });
  return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
