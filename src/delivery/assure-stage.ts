/** The assure stage of a change: sign what is known of its artifact, and ask the gate. */
import type { Change, NewEntry, Stored } from "#domain";
import { attest, decideGate, gateFacts, verifyEvidence } from "#delivery/assure";
import { testReportOf } from "./test-stage.ts";
import { artifactOf, by, type Turn, write } from "./turn.ts";

export async function assure(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports } = turn;
  const change = stored.body;
  const [artifact, report] = await Promise.all([
    artifactOf(change, ports),
    testReportOf(change, ports),
  ]);
  const evidence = await attest({ artifact, change, report }, ports);
  const verified = await verifyEvidence(artifact.digest, evidence, {
    blobs: ports.blobs,
    publicKey: ports.signer.publicKey,
  });
  const decision = decideGate({
    rules: artifact.plan.gate,
    facts: gateFacts({
      change,
      artifact,
      report,
      // What the pre-receive check found was refused there; nothing with a new secret gets this far.
      secrets: { found: 0, allowed: 0 },
      statements: verified.ok ? verified.value : [],
    }),
  });
  await write(stored, turn, {
    entries: [
      ...evidence.map((each): NewEntry => ({
        ...by(change, "assure"),
        type: "dev.cdevents.artifact.signed",
        data: { artifact: each.artifact, bundle: each.bundle },
      })),
      { ...by(change, "assure"), type: "dev.tidegate.gate.decided", data: decision },
    ],
    documents: evidence.map((each) => ({
      kind: "evidence",
      id: `${each.artifact}:${each.predicateType}`,
      app: change.app,
      body: each,
    })),
  });
}
