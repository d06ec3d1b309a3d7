/** From a release on paper to one that runs, if what was said about its artifact verifies. */
import { err, ok, type Result } from "#std";
import { type Evidence, type NewEntry, type Problem, type Release } from "#domain";
import { provenanceType, testResultType, verifyEvidence } from "#delivery/assure";
import { deployRelease, partsOf } from "#delivery/rollout";
import { type DeliveryPorts } from "./ports.ts";

export interface Started {
  readonly release: Release;
  readonly entry: NewEntry;
}

/** Starts the release's processes, unless what was said about its artifact does not verify. */
export async function startVerified(
  release: Release,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<Result<Started, Problem>> {
  const verified = await verifyEvidence(release.artifact, await evidenceOf(release, ports), {
    blobs: ports.blobs,
    publicKey: ports.signer.publicKey,
  });
  if (!verified.ok) return verified;
  const parts = await partsOf(release.id, ports);
  if (parts === undefined) {
    return err({
      code: "artifact_gone",
      message: `the artifact of v${release.number} is no longer kept`,
      next: "push the commit again",
    });
  }
  const deployed = await deployRelease(parts, ports, signal);
  if (!deployed.ok) return deployed;
  const { instances, sandboxLevel, readyMs } = deployed.value;
  return ok({
    release: { ...release, state: "exposed", instances, sandboxLevel },
    entry: {
      app: release.app,
      change: release.change,
      actor: "rollout",
      type: "dev.cdevents.service.deployed",
      data: {
        release: release.id,
        number: release.number,
        instances: instances.length,
        sandboxLevel,
        readyMs,
      },
    },
  });
}

async function evidenceOf(
  release: Release,
  { store }: DeliveryPorts,
): Promise<readonly Evidence[]> {
  const found = await Promise.all(
    [provenanceType, testResultType].map(
      async (type) => await store.get("evidence", `${release.artifact}:${type}`),
    ),
  );
  return found.flatMap((stored) => (stored === undefined ? [] : [stored.body]));
}
