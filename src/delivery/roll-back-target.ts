/** Where a way back leads: the release asked for, or the one that was live before the one that is. */
import { some, assert, err, ok, type Result } from "#std";
import {
  type App,
  type ChangeId,
  type NotFound,
  type Release,
  type Stored,
  type TakenBack,
  takenBackOf,
  type WrongState,
} from "#domain";
import { wayBack } from "#delivery/rollout";
import type { WentBack } from "./delivery.ts";
import { releasesSearched } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";
import { codeOf } from "./views.ts";

export interface Targets {
  readonly target: Stored<Release>;
  readonly live: Stored<Release>;
}

/** With what people are told of them. */
export interface NamedTargets extends Targets, Required<Pick<WentBack, "restored" | "left">> {}

/** `to` is a release number; absent: the newest that was live before the live one and was not taken back. */
export async function targetOf(
  app: App,
  to: number | undefined,
  ports: Pick<DeliveryPorts, "store">,
): Promise<Result<NamedTargets, NotFound | WrongState>> {
  const { store } = ports;
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
  const bodies = releases.map(({ body }) => body);
  const target = wayBack(live.body, await withTakenBack(bodies, ports), to);
  if (!target.ok) return target;
  const stored = releases.find(({ id }) => id === target.value.id);
  assert(stored !== undefined, "the way back leads to one of the releases it was found in");
  const [restored, left] = await Promise.all([
    codeOf(stored.body, ports),
    codeOf(live.body, ports),
  ]);
  const { takenBack } = target.value;
  return ok({
    target: stored,
    live,
    restored: { ...restored, ...some("takenBack", takenBack) },
    left,
  });
}

/** The app's releases with those of their changes that were taken back from users. */
export async function withTakenBack<R extends Release>(
  releases: readonly R[],
  { store }: Pick<DeliveryPorts, "store">,
): Promise<readonly (R & { readonly takenBack?: TakenBack })[]> {
  const ids = releases.map(({ change }) => change);
  const changes = [...(await store.getMany("change", ids)).values()];
  const taken = takenOf(changes.map(({ body }) => body));
  return releases.map((each) => ({
    ...each,
    ...some("takenBack", each.takenBack ?? taken.get(each.change)),
  }));
}

function takenOf(
  changes: readonly (Parameters<typeof takenBackOf>[0] & { readonly id: ChangeId })[],
): ReadonlyMap<ChangeId, TakenBack> {
  return new Map(
    changes.flatMap((change) => {
      const taken = takenBackOf(change);
      return taken === undefined ? [] : [[change.id, taken] as const];
    }),
  );
}
