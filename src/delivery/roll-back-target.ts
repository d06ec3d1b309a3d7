/** Where a way back leads: the release asked for, or the one that was live before the one that is. */
import { err, ok, type Result } from "#std";
import type { App, NotFound, Release, Stored, WrongState } from "#domain";
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
  const others = releases.filter(({ id }) => id !== live.id);
  const wasLive = others.filter(({ body }) => body.publishedAt !== undefined);
  const target =
    to === undefined
      ? // What the live one restored is what it is: going back from it means before that.
        wasLive.find(
          ({ body }) => body.number < (restoredNumber(live.body, releases) ?? live.body.number),
        )
      : others.find(({ body }) => body.number === to);
  if (target === undefined) {
    return err({
      code: "not_found",
      what: "release",
      name: to === undefined ? `before v${live.body.number}` : `v${to}`,
    });
  }
  if (target.body.publishedAt === undefined) {
    return err({
      code: "wrong_state",
      what: `release v${target.body.number}`,
      state: "never let in",
      next: "choose a release that everybody had: tidegate release list",
    });
  }
  return ok({ target, live });
}

function restoredNumber(live: Release, releases: readonly Stored<Release>[]): number | undefined {
  return releases.find(({ id }) => id === live.restores)?.body.number;
}
