/** Where a way back leads: the release asked for, or the one that was live before the one that is. */
import { assert, err, ok, type Result } from "#std";
import type { App, NotFound, Release, Stored, WrongState } from "#domain";
import { wayBack } from "#delivery/rollout";
import { releasesSearched } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";

export interface Targets {
  readonly target: Stored<Release>;
  readonly live: Stored<Release>;
}

/** `to` is a release number; absent: the one before the live one. */
export async function targetOf(
  app: App,
  to: number | undefined,
  { store }: DeliveryPorts,
): Promise<Result<Targets, NotFound | WrongState>> {
  const live =
    app.liveRelease === undefined ? undefined : await store.get("release", app.liveRelease);
  if (live === undefined) {
    return err({
      code: "wrong_state",
      what: "app",
      state: "without a live release",
      next: "push a change first",
    });
  }
  const releases = await store.list("release", { app: app.name, limit: releasesSearched });
  const target = wayBack(
    live.body,
    releases.map(({ body }) => body),
    to,
  );
  if (!target.ok) return target;
  const stored = releases.find(({ id }) => id === target.value.id);
  assert(stored !== undefined, "the way back leads to one of the releases it was found in");
  return ok({ target: stored, live });
}
