/** A release that everybody has left stays warm for a while, for an instant way back, and then stops. */
import type { AppName, NewEntry, Release, ReleaseId } from "#domain";
import { updateDocument } from "#delivery/rollout";
import type { Hands } from "./hands.ts";
import { releasesSearched, warmReleasesMax } from "./limits.ts";

export async function cool(id: ReleaseId, hands: Hands, signal: AbortSignal): Promise<void> {
  let isCooled = false;
  await updateDocument(hands.ports.store, { kind: "release", id }, (release) => {
    isCooled = release.state === "warm";
    return isCooled
      ? { body: { ...release, state: "stopped" }, entries: [removedEntry(release)] }
      : undefined;
  });
  if (isCooled) await hands.keeper.converge(id, signal);
}

/** Cools all warm releases of an app but the newest. */
export async function coolOlder(app: AppName, hands: Hands, signal: AbortSignal): Promise<void> {
  const releases = await hands.ports.store.list("release", { app, limit: releasesSearched });
  const warm = releases.filter(({ body }) => body.state === "warm");
  await Promise.all(
    warm.slice(warmReleasesMax).map(async ({ body }) => await cool(body.id, hands, signal)),
  );
}

function removedEntry(release: Release): NewEntry<"dev.cdevents.service.removed"> {
  return {
    type: "dev.cdevents.service.removed",
    app: release.app,
    actor: "rollout",
    data: { release: release.id, number: release.number },
  };
}
