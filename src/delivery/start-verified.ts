/** From a release on paper to one that runs, if what was said about its artifact verifies. */
import { err, ok, type Result } from "#std";
import type { NewEntry, Problem, Release, Stored } from "#domain";
import { verifyEvidence } from "#delivery/assure";
import { deployRelease, type Deploying, partsOf } from "#delivery/rollout";
import { evidenceOf } from "./evidence-of.ts";
import type { DeliveryPorts } from "./ports.ts";

export interface Started {
  /** As it is stored, with its instances ready. */
  readonly release: Stored<Release>;
  readonly entry: NewEntry;
}

/** Starts the release's processes; may be called again after a crash and finds what runs already. */
export async function startVerified(
  release: Release,
  ports: DeliveryPorts,
  deploying: Deploying,
): Promise<Result<Started, Problem>> {
  const verified = await verifyEvidence(
    release.artifact,
    await evidenceOf(release.artifact, ports),
    {
      blobs: ports.blobs,
      publicKey: ports.signer.publicKey,
    },
  );
  if (!verified.ok) return verified;
  const parts = await partsOf(release.id, ports);
  if (parts === undefined || !(await ports.shelf.holds(release.artifact))) {
    return err(artifactGone(release));
  }
  const deployed = await deployRelease(parts, ports, deploying);
  if (!deployed.ok) return deployed;
  const stored = await ports.store.get("release", release.id);
  if (stored === undefined) return err(artifactGone(release));
  const { instances, sandboxLevel, readyMs } = deployed.value;
  return ok({
    release: { ...stored, body: { ...stored.body, sandboxLevel } },
    entry: {
      app: release.app,
      change: release.change,
      actor: "rollout",
      type: "dev.cdevents.service.deployed",
      data: { release: release.id, number: release.number, instances, sandboxLevel, readyMs },
    },
  });
}

function artifactGone({ number }: Release): Problem {
  return {
    code: "artifact_gone",
    message: `the artifact of v${number} is no longer kept`,
    next: "push the commit again",
  };
}
