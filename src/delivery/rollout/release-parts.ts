/** A release with what it is made of. */
import type { Artifact, ConfigVersion, Release, ReleaseId } from "#domain";
import type { RolloutPorts } from "./ports.ts";

export interface ReleaseParts {
  readonly release: Release;
  readonly artifact: Artifact;
  /** Absent: version 0, no values. */
  readonly config?: ConfigVersion;
}

/** Gives `undefined` when the release or its artifact is no longer kept. */
export async function partsOf(
  id: ReleaseId,
  { store }: RolloutPorts,
): Promise<ReleaseParts | undefined> {
  const release = await store.get("release", id);
  if (release === undefined) return undefined;
  const { app, artifact: digest, configVersion } = release.body;
  const [artifact, config] = await Promise.all([
    store.get("artifact", digest),
    store.get("config", `${app}:${configVersion}`),
  ]);
  if (artifact === undefined) return undefined;
  const parts = { release: release.body, artifact: artifact.body };
  return config === undefined ? parts : { ...parts, config: config.body };
}
